// Takes the token from the page's address, and writes below it how it was verified.
const element = document.querySelector("verdigris-art");
const output = document.querySelector("output");

for (const [name, value] of new URLSearchParams(location.search)) {
  if (["chain", "contract", "token-id", "rpc", "epoch", "size"].includes(name)) element.setAttribute(name, value);
}

element.addEventListener("verified", ({ detail: { verdict, checks, level } }) => {
  output.textContent = level ? `${verdict}, at level ${level}` : verdict;
  document.querySelector("ul").replaceChildren(
    ...checks.map(({ status, says }) => {
      const line = document.createElement("li");
      line.textContent = `${status}: ${says}`;
      return line;
    }),
  );
});

element.addEventListener("error", ({ message }) => {
  output.textContent = message;
});
