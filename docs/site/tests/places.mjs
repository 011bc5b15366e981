// Where the book, its tools and the checkout lie, as `cargo xtask test docs` says.
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
/** The rendered book. */
export const book = process.env.VERDIGRIS_BOOK ?? `${root}/target/docs/book/book`;
/** The folder that has this folder's npm packages. */
export const tools = process.env.VERDIGRIS_DOCS_TOOLS ?? `${root}/target/docs`;
/** The command whose flags are looked up. */
export const program = process.env.VERDIGRIS_PROGRAM ?? `${root}/target/debug/verdigris`;
