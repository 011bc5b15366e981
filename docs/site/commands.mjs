// The command line's page: what each command says of itself with --help.
import { spawnSync } from "node:child_process";

/** One section for each command. */
export function commandsText(program) {
  const commands = namesIn(help(program)).filter((name) => name !== "help");
  return commands.map((name) => `## \`${name}\`\n\n\`\`\`text\n${help(program, name)}\n\`\`\``).join("\n\n");
}

function namesIn(text) {
  const [, list = ""] = /^Commands:\n((?: {2}.*\n)+)/m.exec(text) ?? [];
  return [...list.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
}

function help(program, ...command) {
  const { status, stdout, error } = spawnSync(program, [...command, "--help"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${command.join(" ")} --help: ${error ?? `ended with ${status}`}`);
  return stdout.replace(/ +$/gm, "").trim();
}
