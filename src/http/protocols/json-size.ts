/** More values than any request of AWS KMS needs; the longest is an ExplainAccess with 100 entries of 50 values. */
const valuesMax = 8192

const [quote, backslash, comma, bracket, brace] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b]

/**
 * Whether a JSON document has more values than a request needs. Reading a document takes time with the number of its
 * values, not with their length, so a limit on the size of bodies alone does not bound it.
 */
export function hasTooManyValues(document: Buffer): boolean {
  // A short document cannot have so many, and nearly all are short.
  if (document.length <= valuesMax) return false
  let values = 1
  for (let i = 0; i < document.length; i++) {
    const byte = document[i]
    if (byte === quote) i = endOfString(document, i)
    else if (byte === comma || byte === bracket || byte === brace) values++
  }
  return values > valuesMax
}

/** Returns the position of the quote that ends a string, or the end of the document. */
function endOfString(document: Buffer, start: number): number {
  let i = start + 1
  while (i < document.length && document[i] !== quote) i += document[i] === backslash ? 2 : 1
  return i
}
