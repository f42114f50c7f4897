// What this page uses of Preact; our own, far smaller than the package's types.
export type Child = VNode | string | number | boolean | null | undefined | Child[];
export interface VNode { type: unknown; props: object; key: unknown }
export type Component<P> = (props: P) => VNode | null;
export function h<P extends object>(type: Component<P>, props: P & { key?: string | number }): VNode;
export function render(node: VNode, parent: Element): void;
export const createElement: (type: string, props: object | null, ...children: Child[]) => VNode;
