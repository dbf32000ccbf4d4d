const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 };

/** Functions that colour text for a stream: on a terminal only, and never when NO_COLOR is set (no-color.org). */
export function coloursFor(stream, environment = process.env) {
  const wanted = stream.isTTY && !environment.NO_COLOR;
  const paint = (code) => (text) => (wanted ? `\u001b[${code}m${text}\u001b[0m` : String(text));
  return Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, paint(code)]));
}
