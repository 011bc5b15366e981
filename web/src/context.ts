// What every part of the page works with.
import type { Painter } from "@verdigris/sdk";
import type { Client } from "viem";
import type { Config } from "./config.ts";

/** The configured chain, a connection to it, and the one who draws. */
export interface Context {
  config: Config;
  client: Client;
  painter: Painter;
}
