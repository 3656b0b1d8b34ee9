import { toBase64 } from '../bytes/base64.ts'
import { isPrintable } from '../bytes/printable.ts'
import { printableJson } from './literals.ts'
import { kebab, type Member, partsOf, type SnippetCall } from './members.ts'

/** The command of version 2 of the AWS CLI, for a POSIX shell. */
export function writeCli(call: SnippetCall): string {
  const { region, endpoint, members, remarks, hasKind } = partsOf(call)
  const inJson = members.filter(isForJson)
  const options = [
    option('--region', region),
    option('--endpoint-url', endpoint),
    ...members.filter(member => !isForJson(member)).map(optionOf),
    ...(inJson.length === 0 ? [] : [option('--cli-input-json', printableJson(objectOf(inJson)))]),
  ]
  const comments = [
    ...remarks,
    ...(hasKind('utf8', 'base64')
      ? ['Binary values are in Base64, as version 2 of the AWS CLI reads them.']
      : []),
  ]
  return [
    ...comments.map(text => `# ${text}`),
    [`aws kms ${kebab(call.operation)}`, ...options].join(' \\\n    '),
    '',
  ].join('\n')
}

type TextMember = Extract<Member, { readonly kind: 'text' | 'choice' }>

/**
 * Whether a text cannot be an argument: the AWS CLI reads a file in the place of one that names a file, and arguments have no characters
 * with the code 0.
 */
function isForJson(member: Member): member is TextMember {
  if (member.kind !== 'text' && member.kind !== 'choice') return false
  return /^(?:fileb?|https?):\/\//.test(member.value) || !isPrintable(member.value)
}

const objectOf = (members: readonly TextMember[]) =>
  Object.fromEntries(members.map(({ name, value }) => [name, value]))

function optionOf(member: Member): string {
  const name = `--${kebab(member.name)}`
  switch (member.kind) {
    case 'text':
    case 'choice':
    case 'base64':
      return option(name, member.value)
    case 'utf8':
      return option(name, toBase64(new TextEncoder().encode(member.value)))
    case 'number':
      return option(name, String(member.value))
    case 'flag':
      return member.value ? name : `--no-${name.slice(2)}`
    case 'file':
      return option(name, `fileb://${member.path}`)
    case 'list':
      return listOption(name, member.value)
    case 'map':
      return option(name, mapArgument(member.value))
  }
}

/** A value that begins like an option must be joined to its name. */
const option = (name: string, value: string) =>
  value.startsWith('-') ? `${name}=${shellWord(value)}` : `${name} ${shellWord(value)}`

const plainWord = /^[A-Za-z0-9][\w.+/=-]*$/

function listOption(name: string, items: readonly string[]): string {
  const arePlain = items.length > 0 && items.every(item => plainWord.test(item))
  return arePlain ? `${name} ${items.join(' ')}` : option(name, printableJson(items))
}

/** A map in the shorthand of the AWS CLI, or else in JSON. */
function mapArgument(entries: readonly (readonly [key: string, value: string])[]): string {
  const arePlain =
    entries.length > 0 &&
    entries.every(([key, value]) => /^[A-Za-z0-9][\w.-]*$/.test(key) && /^[A-Za-z0-9][\w.:/+-]*$/.test(value))
  if (arePlain) return entries.map(entry => entry.join('=')).join(',')
  return `{${entries.map(entry => entry.map(printableJson).join(':')).join(',')}}`
}

/** A word of a POSIX shell with exactly this text (POSIX.1-2024, Shell Command Language, 2.2.2). */
const shellWord = (text: string): string =>
  /^[\w./:@%+,][\w./:@%+=,-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
