// @ts-check
/** Pages of the maker that the manual names; the only addresses outside this origin, opened by the person alone. */

export const SHOP = "https://www.zmartcharge.no/";
export const BALANCING = "https://zmartcharge.com/lastbalansering/";
