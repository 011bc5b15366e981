// Makes elements in one call each. Text is always text: nothing that comes from outside is read as HTML.

type Child = Node | string | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined>;

/** An HTML element; an attribute that is `false` or `undefined` is left out, `true` is an empty one. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  setAttributes(element, attributes);
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** Sets attributes the way that `h` does. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Text for screen readers only. */
export function unseen(text: string): HTMLElement {
  return h("span", { class: "unseen" }, text);
}

/** A part of the page that must be there, by its id. */
export function part(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}
