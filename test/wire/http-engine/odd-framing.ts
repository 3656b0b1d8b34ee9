import type { Choices } from '../../fixtures/choices.ts'

// How a message says where its body ends: Content-Length, Transfer-Encoding and chunks, right and in the forms by which
// requests are smuggled past servers that read them differently. The forms are facts about RFC 9110 and 9112 and the
// techniques that are published for them.

/** The characters that some parsers take for white space, or for no character at all. */
export const specialCharacters: readonly string[] = [
  ...'\0\x01\x04\x08\t\v\f\r\n\x1b\x1f \x7f',
  ...'\x80\x85\xa0\xad\xff',
]

/** The values of a Content-Length for a body of this many bytes. Few of them are right. */
function oddLengths(size: number): readonly string[] {
  const hex = size.toString(16)
  return [
    ...[`+${size}`, `-${size}`, '-0', `0${size}`, `00000000000${size}`, `0x${hex}`, hex, `0 ${size}`],
    ...[`${size}, ${size}`, `${size},${size}`, `0, ${size}`, `${size}, 0`, `${size},`, `,${size}`],
    ...[`${size};`],
    ...[`${size}e0`, `${size}.0`, `${size} ${size}`, `${size} `, `${size}\t`, `\t${size}`, ` ${size}`, ''],
    ...[`"${size}"`, `'${size}'`, `${size}\v`, `\v${size}`, `${size}\0`, `\xa0${size}`, `${size}\xa0`, '_'],
    ...[`${size}_0`, `\u0663`, `\xb2`, 'NaN', 'Infinity', 'chunked', `${size}\r`, `${size}\n`, `1${size}`],
    ...['18446744073709551616', '18446744073709551615', '9007199254740993', '4294967296'],
    ...['9223372036854775808'],
    ...[`1844674407370955161${6 + size}`, '9'.repeat(30), '0'.repeat(300), `${size + 1}`, `${size - 1}`],
  ]
}

/** The values of Transfer-Encoding, most of them wrong or unusual. */
const codings: readonly string[] = [
  ...['Chunked', 'CHUNKED', 'cHuNkEd', 'chunked ', 'chunked\t', ' \tchunked', 'chunked,', ',chunked'],
  ...[', chunked', 'chunked, chunked', 'chunked,chunked', 'chunked, identity', 'identity, chunked'],
  ...['identity', 'gzip, chunked', 'chunked, gzip', 'gzip', 'deflate, gzip'],
  ...['identity, chunked, identity', 'cow chunked bar', 'xchunked', 'chunkedx', 'chunk', 'chunke'],
  ...['chunked;q=1', 'chunked; a=b', 'chunked;', '"chunked"', "'chunked'", '', ' ', ',', 'x'],
  ...['\\chunked', 'chunked\v', '\vchunked', 'chunked\f', '\fchunked', 'chunked\0', '\0chunked'],
  ...['chun\0ked', 'chunked\x7f', '\xffchunked', 'chunked\xa0', '\xa0chunked', 'chunked\x85'],
  ...['ch\x96nked', 'c\xe2\x84\xaahunked', 'chun\u212aed', '=?utf-8?B?Y2h1bmtlZA==?=', 'chunked\r'],
  ...['\rchunked', 'chunked\n', '\n chunked', '\r\n chunked', '\r\n\tchunked', '\r\n \r\n chunked'],
  ...['chunked\r\n ', 'trailers, chunked', 'chunked, trailers', 'gzip\tchunked', 'gzip chunked'],
  ...['gzip;chunked', 'chunked chunked', 'tokenchunked', 'a,b,c,chunked', 'a, b , c ,\tchunked '],
  ...['x,chunked,x', '(chunked)', 'chunked(comment)', 'chunked#', 'chunked%00'],
]

/** The ways to write the name of a header that decides about the body, with its colon. */
function oddNames(name: string, choices: Choices): string {
  const special = choices.of(specialCharacters)
  const middle = 1 + choices.below(name.length - 1)
  return choices.of([
    ...[`${name}:`, `${name}:  `, `${name}:\t`, `${name} :`, `${name}\t:`, `${name}${special}:`],
    ...[`${special}${name}:`, `${name}:${special}`, `${name.replace('-', '_')}: `],
    ...[`${name.replace('-', ' ')}: `, `${name.replace('-', '\\')}: `, `${name.toUpperCase()}: `],
    ...[`${name.toLowerCase()}: `, `${name} x: `, `"${name}": `, `:${name}: `, `${name}:: `],
    ...[`${name.slice(0, middle)}${special}${name.slice(middle)}: `, `X: x\r\n ${name}: `],
    ...[`X: x\r\n\t${name}: `, `X: x\r${name}: `, `X: x\n${name}: `, `X: x\r\n\r${name}: `],
    ...[`X: x\0${name}: `, `X: x${special}${name}: `, `X: x\r\r\n${name}: `, `X: x${special}\n${name}: `],
    ...[`${name}\r\n: `, `${name}\n: `, `X:\r\n${name}: `, `X\r\n${name}: `],
    ...[`${name.replace('-', '\xad')}: `, `${name.replace('-', '%2d')}: `, `X-${name}: `, `${name}-X: `],
    ...[`${name}`],
  ])
}

/** A body and the header lines, each with its end, that say where it ends. */
export interface Framed {
  readonly lines: readonly string[]
  readonly body: string
}

const right = (name: string, value: string | number) => `${name}: ${value}\r\n`

/** Frames a body as HTTP/1.1 wants it. */
export function frameWell(body: string, choices: Choices): Framed {
  if (choices.chance(40))
    return { lines: [right('Transfer-Encoding', 'chunked')], body: chunksOf(body, choices) }
  return { lines: [right('Content-Length', body.length)], body }
}

/** Frames a body in a way that some server reads otherwise, or refuses. */
export function frameOddly(body: string, choices: Choices): Framed {
  const chunked = choices.chance(60) ? chunksOf(body, choices) : oddChunksOf(body, choices)
  const size = choices.chance(50) ? body.length : chunked.length
  const length = right('Content-Length', size)
  const coding = right('Transfer-Encoding', 'chunked')
  const oddLength = `Content-Length: ${choices.of(oddLengths(size))}\r\n`
  const oddCoding = `Transfer-Encoding: ${choices.of(codings)}\r\n`
  const oddLengthName = `${oddNames('Content-Length', choices)}${size}\r\n`
  const oddCodingName = `${oddNames('Transfer-Encoding', choices)}chunked\r\n`
  const oneOf = [
    ...[
      oddLength,
      oddLength,
      oddLengthName,
      oddCoding,
      oddCoding,
      oddCodingName,
      length,
      coding,
      coding,
      coding,
      '',
    ],
    ...[right('Content-Encoding', 'chunked'), right('Content-Length', size + 1 + choices.below(30))],
    ...[right('TE', 'chunked') + length, right('Content-Length', Math.max(0, size - 1 - choices.below(9)))],
  ]
  const second = [length, coding, oddLength, oddCoding, right('Content-Length', 0)]
  const lines = [choices.of(oneOf)]
  if (choices.chance(35)) lines.splice(choices.below(2), 0, choices.of(second))
  const wantsChunks = lines.some(line => /ransfer/i.test(line))
  return { lines, body: wantsChunks === choices.chance(90) ? chunked : body }
}

/** Chunks that RFC 9112, 7.1 allows, with extensions and trailers among them. */
function chunksOf(body: string, choices: Choices): string {
  let text = ''
  for (let at = 0; at < body.length; ) {
    const size = 1 + choices.below(Math.min(body.length - at, 40))
    const hex = size.toString(16)
    const written = choices.of([hex, hex, hex, hex.toUpperCase(), `0${hex}`, `00000${hex}`])
    const extension = choices.chance(15)
      ? choices.of([';a=b', ';a', ';a="b"', '; a = b', ';a="b;c";d', ' ;x'])
      : ''
    text += `${written}${extension}\r\n${body.slice(at, at + size)}\r\n`
    at += size
  }
  const trailers = choices.chance(25) ? trailersOf(choices) : ''
  return `${text}${choices.of(['0', '0', '0', '000', '0;last'])}\r\n${trailers}\r\n`
}

/** Trailers, forbidden ones among them (RFC 9110, 6.5.1). None of them may have an effect. */
function trailersOf(choices: Choices): string {
  const all = [
    'A: b',
    'Host: evil',
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    'Authorization: none',
    'X-Amz-Target: y',
  ]
  const odd = [
    'Connection: close',
    'A : b',
    ' folded',
    ': x',
    'A: \0',
    'A',
    'Transfer-Encoding: gzip',
    'Content-Length: x',
    'é: ü',
  ]
  return Array.from(
    { length: 1 + choices.below(3) },
    () => `${choices.of(choices.chance(70) ? all : odd)}\r\n`,
  ).join('')
}

/** Chunks that are wrong somewhere. */
function oddChunksOf(body: string, choices: Choices): string {
  const size = body.length
  const hex = size.toString(16)
  const special = choices.of(specialCharacters)
  const lineEnd = choices.of([
    '\r\n',
    '\r\n',
    '\n',
    '\r',
    '\r\r\n',
    '\n\r',
    '',
    `${special}\r\n`,
    ` \r\n`,
    `\r${special}`,
    '\rX',
  ])
  const sizes = [
    ...[hex, hex, hex, `0x${hex}`, `+${hex}`, `-${hex}`, ` ${hex}`, `${hex} `, `\t${hex}`, `${hex}h`],
    ...[`${hex}.0`, `"${hex}"`, `${'0'.repeat(17)}${hex}`, `${'0'.repeat(70)}${hex}`],
    ...[`1${'0'.repeat(16)}`, 'ffffffffffffffff', '7fffffffffffffff', `10000000000000000${hex}`],
    ...['100000000', '-1', '', 'g', `${hex},${hex}`, `${hex}_0`, `${special}${hex}`, `${hex}${special}`],
    ...[(size + 1).toString(16), (size + 2).toString(16), Math.max(0, size - 1).toString(16)],
    ...[String(size), '\xb2', `0${special}`],
  ]
  const extensions = [
    ...['', '', '', ';', ';;', ';=', ';a=', ';=b', ';a="', ';a="b', ';a="\r\n"', ';a="\\"', ';a="b"c'],
    ...[';a=b c', ' a', ';\0', `;${special}`, `;a=${special}`, ';a\n', ';a\nb', ';a\rb', ';a\r\r'],
    ...[`;${'x'.repeat(300)}`, ';a="\n"', ';a="\x80"', ';é', ';a="\t"', `;a="${special}"`],
  ]
  const dataEnd = choices.of([
    '\r\n',
    '\r\n',
    '\r\n',
    '\n',
    '\r',
    '',
    'XX',
    '\r\r\n',
    '\r\n\r\n',
    'X\r\n',
    '\rX',
    '\n\n',
  ])
  const last = choices.of([
    '0\r\n\r\n',
    '0\r\n\r\n',
    '0\r\n',
    '0\n\n',
    '0\n\r\n',
    '0\r\n\n',
    '0\r\n\r',
    '0\r\r\n\r\n',
    '0 \r\n\r\n',
    ' 0\r\n\r\n',
  ])
  const trailers = choices.chance(20) ? last.replace('0\r\n', `0\r\n${trailersOf(choices)}`) : last
  return `${choices.of(sizes)}${choices.of(extensions)}${lineEnd}${body}${dataEnd}${trailers}`
}
