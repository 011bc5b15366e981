// The settings' table, out of the protocol, which is where it is kept and tested.

const HEADER = "| variable | meaning |";

/** The table, each setting with an anchor of its name. */
export function settingsText(protocol) {
  const lines = protocol.split("\n");
  const from = lines.indexOf(HEADER);
  if (from < 0) throw new Error(`docs/protocol.md has no table that begins with ${HEADER}`);
  const until = lines.findIndex((line, at) => at > from && !line.startsWith("|"));
  const rows = lines.slice(from + 2, until).map(anchored);
  return ["| setting | meaning |", "|---|---|", ...rows].join("\n").replaceAll("](#", "](../protocol.md#");
}

function anchored(row) {
  const [, names, ...rest] = row.split("|");
  return ["", names.replace(/`(\w+)`/g, '<a id="$1"></a>`$1`'), ...rest].join("|");
}
