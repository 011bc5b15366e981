// The package: registers <verdigris-art> where it is imported, and offers its class.
import { defineVerdigrisArt } from "./define.ts";

export { defineVerdigrisArt } from "./define.ts";
export { VerdigrisArt } from "./element.ts";

defineVerdigrisArt();
