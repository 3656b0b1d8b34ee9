/** DER and, where a peer insists on it, BER (X.690): just enough of an encoder. */

function tagged(tag: number, contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.of(tag), encodeLength(content.length), content])
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length)
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  const significant = bytes.subarray(bytes.findIndex(byte => byte !== 0))
  return Buffer.concat([Buffer.of(0x80 | significant.length), significant])
}

/** An INTEGER of one octet: 0–127. */
const integer = (value: number) => tagged(0x02, [Buffer.of(value)])

/** An OBJECT IDENTIFIER in dotted decimals. */
function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, [first * 40 + second, ...rest].map(encodeArc))
}

function encodeArc(arc: number): Buffer {
  const groups = [arc & 0x7f]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    groups.unshift((rest & 0x7f) | 0x80)
  }
  return Buffer.from(groups)
}

export const der = {
  tagged: (tag: number, ...contents: readonly Uint8Array[]) => tagged(tag, contents),
  sequence: (...contents: readonly Uint8Array[]) => tagged(0x30, contents),
  set: (...contents: readonly Uint8Array[]) => tagged(0x31, contents),
  octets: (content: Uint8Array) => tagged(0x04, [content]),
  nothing: () => tagged(0x05, []),
  integer,
  oid,
  /** BER: a constructed element of indefinite length, closed by an end-of-contents. */
  indefinite: (tag: number, ...contents: readonly Uint8Array[]) =>
    Buffer.concat([Buffer.of(tag, 0x80), ...contents, Buffer.of(0, 0)]),
}
