// What this page uses of htm; our own.
type Tag<N> = (strings: TemplateStringsArray, ...values: unknown[]) => N;
declare const htm: { bind<N>(create: (...args: never[]) => N): Tag<N> };
export default htm;
