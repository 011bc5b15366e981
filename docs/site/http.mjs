// The HTTP reference: the OpenAPI file as one page of text and tables, which the book's search finds and which needs no script.

const METHODS = ["get", "head", "post", "put", "delete", "options"];
const REF = /^#\/components\/(\w+)\/(\w+)$/;

/** The page's text, without its title. */
export function httpText(api) {
  const { tags, info, components } = api;
  const operations = Object.entries(api.paths).flatMap(([path, item]) => operationsOf(path, item));
  const groups = tags.map(({ name, description }) => {
    const here = operations.filter(({ operation }) => operation.tags?.includes(name));
    return [`## ${capital(name)}`, description, ...here.map((each) => operationText(each, api))].join("\n\n");
  });
  const bodies = Object.entries(components.schemas).map(([name, schema]) => schemaText(name, schema));
  return [info.description.trim(), ...groups, "## Bodies", ...bodies].join("\n\n");
}

function operationsOf(path, item) {
  const methods = METHODS.filter((method) => item[method]);
  return methods.map((method) => {
    const operation = item[method];
    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
    return { path, method, operation, parameters, servers: item.servers };
  });
}

function operationText({ path, method, operation, parameters, servers }, api) {
  const { operationId, summary, description, requestBody, responses, security } = operation;
  return [
    `### \`${method.toUpperCase()} ${path}\` {#${operationId}}`,
    summary,
    description?.trim(),
    servers && `At \`${servers[0].url}\`.`,
    securityText(security, api),
    parameters.length > 0 && parametersTable(parameters, api),
    requestBody && bodyText(requestBody),
    responsesTable(responses, api),
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** What must be sent to be let in; an empty way in says that nothing need be. */
function securityText(security, { components }) {
  if (!security?.length) return undefined;
  const ways = security.flatMap((way) => Object.keys(way)).map((name) => components.securitySchemes[name]);
  const said = ways.map(({ type, name, description }) => {
    const header = type === "http" ? "`Authorization: Bearer`" : `header \`${name.toLowerCase()}\``;
    return description ? `${header}: ${lowerFirst(description)}` : `${header}.`;
  });
  const isOpen = security.some((way) => Object.keys(way).length === 0);
  return `**${isOpen ? "May bring" : "Must bring"}** ${said.join(" Or ")}`;
}

function parametersTable(parameters, api) {
  const rows = parameters.map((parameter) => {
    const { name, in: where, required, description = "", schema } = resolved(parameter, api);
    const pattern = schema.pattern ? ` Matches \`${schema.pattern}\`.` : "";
    return [`\`${name}\``, where, required ? "yes" : "no", `${oneLine(description)}${pattern}`];
  });
  return `**Parameters**\n\n${table(["name", "in", "needed", "what it is"], rows)}`;
}

function bodyText({ description, content }) {
  const forms = Object.entries(content).map(([type, { schema }]) => `${typeOf(schema)} as \`${type}\``);
  return `**Body**: ${forms.join(", or ")}. ${oneLine(description ?? "")}`.trim();
}

/** Statuses that are told in the same words share a row. */
function responsesTable(responses, api) {
  const statuses = new Map();
  for (const [status, response] of Object.entries(responses)) {
    const cells = JSON.stringify(responseCells(resolved(response, api)));
    statuses.set(cells, [...(statuses.get(cells) ?? []), status]);
  }
  const rows = [...statuses].map(([cells, shared]) => [shared.join(", "), ...JSON.parse(cells)]);
  return `**Answers**\n\n${table(["status", "when", "body"], rows)}`;
}

function responseCells({ description, content = {}, headers = {} }) {
  const bodies = Object.entries(content).map(([type, { schema }]) => {
    return type.includes("json") ? typeOf(schema) : `\`${type}\``;
  });
  const names = Object.keys(headers).map((name) => `\`${name}\``);
  const also = names.length > 0 ? ` Headers: ${names.join(", ")}.` : "";
  return [`${oneLine(description)}${also}`, bodies.join(" or ")];
}

function schemaText(name, schema) {
  const parts = [`### ${name} {#${anchorOf(name)}}`, schema.description?.trim()];
  if (schema.properties) parts.push(propertiesTable(schema));
  else if (schema.oneOf?.some(({ properties }) => properties)) parts.push(...schema.oneOf.flatMap(variantText));
  else if (!schema.description || schema.oneOf || schema.enum || schema.pattern)
    parts.push(`${capital(typeOf(schema))}.`);
  for (const example of examplesOf(schema)) parts.push(`\`\`\`json\n${JSON.stringify(example, undefined, 2)}\n\`\`\``);
  return parts.filter(Boolean).join("\n\n");
}

function variantText(variant) {
  if (!variant.properties) return [typeOf(variant)];
  return [variant.description?.trim(), propertiesTable(variant)].filter(Boolean);
}

/** A schema's fields, those of the objects in it indented by their path. */
function propertiesTable(schema) {
  const rows = fieldsOf(schema, "");
  return table(["field", "type", "what it is"], rows);
}

function fieldsOf({ properties, required = [] }, path) {
  return Object.entries(properties).flatMap(([name, field]) => {
    const whole = `${path}${name}`;
    const optional = required.includes(name) ? "" : "May be missing. ";
    const { description = "" } = field;
    const inner = field.properties ? field : field.items;
    if (!inner?.properties) return [[`\`${whole}\``, typeOf(field), `${optional}${oneLine(description)}`]];
    const type = inner === field ? withNull("object", field.type) : withNull("list of objects", field.type);
    const row = [`\`${whole}\``, type, `${optional}${oneLine(description)}`];
    return [row, ...fieldsOf(inner, inner === field ? `${whole}.` : `${whole}[].`)];
  });
}

/** A schema's type in words, with links to those that have a name. */
function typeOf(schema = {}) {
  const { $ref, oneOf, allOf, const: only, enum: values, type, items, pattern, format, properties } = schema;
  if ($ref) return linkTo($ref);
  if (oneOf) return oneOf.map(typeOf).join(" or ");
  if (allOf) return allOf.map(typeOf).join(" with ");
  if (properties) return withNull(fieldsInWords(properties), type);
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (values) return values.map((value) => `\`${JSON.stringify(value)}\``).join(" or ");
  if (items && (type === undefined || [type].flat().includes("array")))
    return withNull(`list of ${typeOf(items)}`, type);
  if (pattern) return `string, \`${pattern}\``;
  if (format) return `${type}, ${format}`;
  return [type ?? "anything"].flat().join(" or ");
}

function fieldsInWords(properties) {
  return `{ ${Object.entries(properties)
    .map(([name, field]) => `\`${name}\`: ${typeOf(field)}`)
    .join(", ")} }`;
}

function withNull(text, type) {
  return [type].flat().includes("null") ? `${text} or null` : text;
}

function linkTo(ref) {
  const [, kind, name] = REF.exec(ref) ?? [];
  if (kind !== "schemas") throw new Error(`openapi.yaml: ${ref} is no schema`);
  return `[${name}](#${anchorOf(name)})`;
}

function anchorOf(name) {
  return `body-${name}`;
}

function examplesOf({ example, examples }) {
  return example === undefined ? (Array.isArray(examples) ? examples : []) : [example];
}

function resolved(value, { components }) {
  if (!value.$ref) return value;
  const [, kind, name] = REF.exec(value.$ref) ?? [];
  const found = components[kind]?.[name];
  if (!found) throw new Error(`openapi.yaml: there is no ${value.$ref}`);
  return found;
}

function table(header, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.trim().replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A description that follows a colon; names keep their capitals. */
function lowerFirst(text) {
  return /^(A|The|Space|Lower|Hexadecimal)\b/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
