import { Choices } from '../../fixtures/choices.ts'
import { frameOddly, frameWell, specialCharacters } from './odd-framing.ts'
import { closings, fields, hugeHead, methods, oddLines, plainFields, targets, versions } from './odd-heads.ts'

/** The data that a client sends on one connection, and where it is split on its way. */
export interface Sent {
  readonly bytes: Buffer
  /** Positions in `bytes`, ascending. */
  readonly cuts: readonly number[]
}

/** Makes the data of one connection: one to several messages, most of them odd or hostile. One number determines it. */
export function makeSent(seed: number): Sent {
  const choices = new Choices(seed)
  const text = choices.chance(3) ? `${hugeHead(choices)}${plain(1, choices)}` : sequence(choices)
  const bytes = Buffer.from(choices.chance(8) ? damage(text, choices) : text, 'latin1')
  return { bytes, cuts: cutsOf(bytes, choices) }
}

function sequence(choices: Choices): string {
  const count = choices.of([1, 1, 1, 2, 2, 2, 3, 4, choices.chance(3) ? 130 : 5])
  const oddPercent = count > 5 ? 1 : count === 1 ? 75 : 45
  let text = ''
  for (let index = 0; index < count; index++)
    text += choices.chance(oddPercent) ? odd(index, choices) : plain(index, choices)
  return text
}

/** A message that every server takes. */
function plain(index: number, choices: Choices): string {
  const { lines, body } = frameWell(bodyOf(choices), choices)
  const hasBody = choices.chance(70)
  const more = choices.chance(50) ? `${choices.of(plainFields)}\r\n` : ''
  const head = `${hasBody ? 'POST' : 'GET'} /plain${index} HTTP/1.1\r\nHost: h\r\n${more}`
  return hasBody ? `${head}${lines.join('')}\r\n${body}` : `${head}\r\n`
}

/** A body, often one that looks like further requests or like chunks. */
function bodyOf(choices: Choices): string {
  const inner = `GET /inside HTTP/1.1\r\nHost: h\r\n\r\n`
  return choices.of([
    ...[
      '',
      '{}',
      'x=1',
      'hello, world',
      inner,
      inner + inner,
      `0\r\n\r\n${inner}`,
      `5\r\nhello\r\n0\r\n\r\n`,
    ],
    ...[
      `POST /inside HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n`,
      '\r\n',
      '\r\n\r\n',
      '\0\x01\x80\xff',
      'y'.repeat(300),
    ],
    ...[`\r\n0\r\n\r\n${inner}`, 'G', 'GPOST / HTTP/1.1\r\n', `X: ${inner}`, 'z'.repeat(choices.below(5000))],
  ])
}

/** A message with one to three oddities. */
function odd(index: number, choices: Choices): string {
  const part = choices.below(10)
  const isFramedOddly = part < 5 || choices.chance(10)
  const hasOddLine = part === 5 || part === 6 || choices.chance(5)
  const hasOddField = part >= 7 || choices.chance(10)
  const { lines, body } = isFramedOddly
    ? frameOddly(bodyOf(choices), choices)
    : choices.chance(60)
      ? frameWell(bodyOf(choices), choices)
      : { lines: [], body: '' }
  const inOrder = [...lines, ...hostOf(choices), ...fieldsOf(hasOddField, choices)]
  const headLines = choices.chance(50) ? inOrder : choices.shuffled(inOrder)
  const closing = choices.chance(8) ? `${choices.of(closings)}\r\n` : ''
  const end = choices.chance(4) ? choices.of(['\n', '\r', '', '\r\r\n', ' \r\n', '\n\r\n', '\0\r\n']) : '\r\n'
  const before = choices.chance(5)
    ? choices.of(['\r\n', '\n', '\r\n\r\n', '\r', ' ', '\t\r\n', '\r\n'.repeat(40)])
    : ''
  return `${before}${lineOf(index, hasOddLine, choices)}${headLines.join('')}${closing}${end}${body}`
}

function lineOf(index: number, isOdd: boolean, choices: Choices): string {
  if (!isOdd)
    return `${choices.of(['POST', 'POST', 'PUT', 'GET', 'HEAD', 'DELETE', 'OPTIONS'])} /odd${index} HTTP/1.1\r\n`
  if (choices.chance(35)) return choices.of(oddLines).replace('/target', `/odd${index}`)
  const end = choices.chance(90) ? '\r\n' : choices.of(['\n', '\r', '\r\r\n', ' \r\n', '\t\r\n', '\0\r\n'])
  const oddPart = choices.below(4)
  const part = (index: number, odd: readonly string[], right: string) =>
    oddPart === index || choices.chance(10) ? choices.of(odd) : right
  return `${part(0, methods, 'POST')} ${part(1, targets, '/')} ${part(2, versions, 'HTTP/1.1')}${end}`
}

function hostOf(choices: Choices): readonly string[] {
  if (choices.chance(90)) return ['Host: h\r\n']
  return choices.of([
    [],
    ['Host: h\r\n', 'Host: h\r\n'],
    ['Host: h\r\n', 'host: evil\r\n'],
    ['Host:\r\n'],
    ['Host: a b\r\n'],
    ['HOST: h:80\r\n'],
  ])
}

function fieldsOf(areOdd: boolean, choices: Choices): readonly string[] {
  if (!areOdd) return choices.chance(50) ? [`${choices.of(plainFields)}\r\n`] : []
  return Array.from({ length: 1 + choices.below(3) }, () => {
    const special = choices.of(specialCharacters)
    const field = choices.of(fields)
    const at = choices.below(field.length + 1)
    const end = choices.chance(90)
      ? '\r\n'
      : choices.of(['\n', '\r', '\r\r\n', '\n\r\n', `${special}\n`, `\r${special}`])
    const whole = choices.chance(12) ? `${field.slice(0, at)}${special}${field.slice(at)}` : field
    return whole + end
  })
}

/** Changes one to four places of a text: bytes changed, inserted, removed, repeated, or the end cut off. */
function damage(text: string, choices: Choices): string {
  let result = text
  for (let count = 1 + choices.below(4); count > 0; count--) {
    const at = choices.below(result.length + 1)
    const length = 1 + choices.below(choices.of([1, 3, 20]))
    const byte = choices.chance(50) ? String.fromCharCode(choices.below(256)) : choices.of(specialCharacters)
    const [before, after] = [result.slice(0, at), result.slice(at)]
    result = choices.of([
      before + byte + after.slice(1),
      before + byte + after,
      before + after.slice(length),
      before + after.slice(0, length) + after,
      choices.chance(30) ? before : before + byte + after,
      before + after.replace(/\r\n/, choices.of(['\n', '\r', '\r\n\r\n', ' \r\n', '\n\r'])),
    ])
  }
  return result
}

function cutsOf(bytes: Buffer, choices: Choices): readonly number[] {
  const kind = choices.below(10)
  const length = bytes.length
  if (kind < 2 || length < 2) return []
  if (kind === 9 && length < 700) return Array.from({ length: length - 1 }, (_, index) => index + 1)
  const count = kind < 5 ? 1 : 1 + choices.below(8)
  const lineEnds =
    kind < 7 ? [] : Array.from(bytes.toString('latin1').matchAll(/[\r\n:;]/g), ({ index }) => index)
  const cuts = Array.from({ length: count }, () =>
    lineEnds.length === 0 ? 1 + choices.below(length - 1) : choices.of(lineEnds) + choices.below(3),
  )
  return [...new Set(cuts.filter(cut => cut > 0 && cut < length))].sort((a, b) => a - b)
}
