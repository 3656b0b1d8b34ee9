import { readFileSync } from 'node:fs'

/** A sentence that breaks a rule of the house's English. */
export interface ProseFault {
  readonly path: string
  readonly line: number
  readonly rule: string
  readonly text: string
}

/** Sentences of the house name the thing first, then a verb. A question may begin as questions do. */
const opening = /(?:^|[.!?:] )(What|Who|Whom|Whose|Whoever|Those|Nor)\s[^.?!]*(?:[.!]|$)/

/** Words with a plainer one beside them. */
const words: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\blets\b/i, 'allows'],
  [/\banew\b/i, 'again, or recreated'],
  [/\b(?:tells?|told|telling)\b/i, 'reports, returns, reveals or says'],
  [/\b(?:whom|whoever|whomever)\b/i, 'the principal, the caller, anyone'],
  [/\b(?:is|are|was|were) another\b/i, 'is a different one'],
  [/\bto be had\b/i, 'available'],
  [/\bis (?:none|no) of\b/i, 'is not one of'],
]

/** The prose of a TypeScript file: its comments, and the texts that people read. */
export function proseOfSource(text: string): readonly (readonly [line: number, sentence: string])[] {
  const found: [number, string][] = []
  const lines = text.split('\n')
  let block: [number, string] | undefined
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trim()
    const comment = /^(?:\/\*\*?|\*(?!\/)|\/\/)\s?(.*?)(?:\s*\*\/)?$/.exec(trimmed)
    const isComment = comment !== null && (block !== undefined || /^\/[*/]/.test(trimmed))
    if (isComment) {
      block = [block?.[0] ?? index + 1, `${block?.[1] ?? ''} ${comment[1] ?? ''}`.trim()]
      continue
    }
    if (block !== undefined) found.push(block)
    block = undefined
    for (const quoted of textsIn(line)) found.push([index + 1, quoted])
  }
  if (block !== undefined) found.push(block)
  return found.map(([line, sentence]) => [line, sentence.replaceAll(/`[^`]*`|"[^"]*"|\$\{[^}]*\}/g, 'it')])
}

/** The texts of a line that have words: a space between letters. A test's title is a sentence like any other. */
function textsIn(line: string): string[] {
  const texts: string[] = []
  for (const match of line.matchAll(/'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)) {
    const text = match[1] ?? match[2] ?? ''
    const isTitle = /\b(?:test|describe)\($/.test(line.slice(0, match.index))
    if (/[a-z],? [a-z]/i.test(text)) texts.push(isTitle ? text.charAt(0).toUpperCase() + text.slice(1) : text)
  }
  return texts
}

/** The texts of JSX: the values of attributes, and the lines between tags. Lines that follow one another are one text. */
function proseOfJsx(text: string): readonly (readonly [line: number, sentence: string])[] {
  const found: [number, string][] = []
  let block: [number, string] | undefined
  for (const [index, line] of text.split('\n').entries()) {
    for (const [, value = ''] of line.matchAll(/\b\w+="([^"]* [^"]*)"/g)) found.push([index + 1, value])
    const bare = line.replaceAll(/<[^<>]*>|\{[^{}]*\}/g, 'it').trim()
    const isText =
      /^[A-Za-z][^=;(){}<>]* [^=;(){}<>]*$/.test(bare) && !/^(?:readonly|export|import|type) /.test(bare)
    if (isText) block = [block?.[0] ?? index + 1, `${block?.[1] ?? ''} ${bare}`.trim()]
    else {
      if (block !== undefined) found.push(block)
      block = undefined
    }
  }
  return found
}

/** The prose of a document: paragraphs, list items and table cells, without code. */
export function proseOfDocument(text: string): readonly (readonly [line: number, sentence: string])[] {
  const found: [number, string][] = []
  let isCode = false
  let paragraph: [number, string] | undefined
  const end = () => {
    if (paragraph !== undefined) found.push(paragraph)
    paragraph = undefined
  }
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*```/.test(line)) isCode = !isCode
    const starts = /^\s*(?:[-*>#|]|\d+\.)/.test(line)
    if (isCode || line.trim() === '' || starts) end()
    if (isCode || line.trim() === '' || /^\s*```/.test(line)) continue
    const cells = line.replace(/^\s*(?:[-*>]+|#+|\d+\.)\s*/, '').split('|')
    if (cells.length > 1) for (const cell of cells) found.push([index + 1, cell.trim()])
    else paragraph = [paragraph?.[0] ?? index + 1, `${paragraph?.[1] ?? ''} ${cells[0]?.trim()}`.trim()]
  }
  end()
  return found.map(([line, sentence]) => [
    line,
    sentence.replaceAll(/`[^`]*`|"[^"]*"/g, 'it').replaceAll('**', ''),
  ])
}

/** Texts that are AWS's own, word for word, or a published test's, and so are not ours to change. */
export type Quoted = (path: string, sentence: string) => boolean

export function faultsOf(path: string, isQuoted: Quoted = () => false): ProseFault[] {
  const text = readFileSync(path, 'utf8')
  const prose = path.endsWith('.md')
    ? proseOfDocument(text)
    : [...proseOfSource(text), ...(path.endsWith('.tsx') ? proseOfJsx(text) : [])]
  const faults: ProseFault[] = []
  for (const [line, sentence] of prose) {
    if (isQuoted(path, sentence)) continue
    const [, first] = opening.exec(sentence) ?? []
    if (first !== undefined)
      faults.push({ path, line, rule: `a sentence begins with ${first}`, text: sentence })
    for (const [pattern, instead] of words) {
      const [word] = pattern.exec(sentence) ?? []
      if (word !== undefined) faults.push({ path, line, rule: `'${word}': say ${instead}`, text: sentence })
    }
  }
  return faults
}

if (import.meta.main) {
  const faults = process.argv.slice(2).flatMap(path => faultsOf(path))
  for (const { path, line, rule, text } of faults)
    process.stdout.write(`${path}:${line}: ${rule}\n    ${text}\n`)
  process.stdout.write(`${faults.length} faults\n`)
}
