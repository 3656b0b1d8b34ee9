import { readBase64 } from '../bytes/base64.ts'
import { readPublicKeyPem } from '../pem.ts'
import type { SnippetInput, SnippetOperation, SnippetValue } from '../snippets/snippets.ts'
import type { Field, UseForm } from './fields.ts'
import { plaintextMaxBytes } from './forms.ts'
import {
  type DigestName,
  digestBytesOf,
  digestNameOf,
  type MessageType,
  messageMaxBytes,
  messageTypesOf,
  needsDigest,
} from './messages.ts'

/** Bytes as somebody gives them. */
export interface BytesDraft {
  readonly form: 'text' | 'base64' | 'file'
  readonly text: string
  readonly file?: { readonly name: string; readonly bytes: Uint8Array } | undefined
}

export interface ContextRow {
  readonly key: string
  readonly value: string
}

/** Everything that somebody put into a form, by the members. Members that nobody touched are absent. */
export interface Draft {
  readonly bytes: Readonly<Record<string, BytesDraft>>
  readonly texts: Readonly<Record<string, string>>
  readonly contexts: Readonly<Record<string, readonly ContextRow[]>>
  readonly toggles: Readonly<Record<string, boolean>>
}

export const emptyDraft: Draft = { bytes: {}, texts: {}, contexts: {}, toggles: {} }

/** A call that a form makes, or would make if it were complete. */
export interface DraftedCall {
  readonly operation: SnippetOperation
  readonly input: SnippetInput
  /** The faults to show, by the member of their field. */
  readonly faults: Readonly<Record<string, string>>
  /** The reason why the call cannot be made yet; undefined if it can. */
  readonly blockedBecause: string | undefined
  /** The digest that stands in the place of the message, because that is too large. */
  readonly madeDigest: DigestName | undefined
}

export interface DraftFacts {
  readonly keyName: string
  readonly keySpec: string | undefined
  /** Makes the digest of a message. */
  readonly digest: (name: DigestName, message: Uint8Array) => Uint8Array
}

export const bytesDraftOf = (draft: Draft, field: Field & { readonly kind: 'bytes' }): BytesDraft =>
  draft.bytes[field.member] ?? { form: field.starts, text: '' }

export const isOn = (draft: Draft, member: string): boolean => draft.toggles[member] ?? true

/** The choice of a field: the first option until somebody chooses a different one. */
export const choiceOf = (draft: Draft, { member, options }: Field & { readonly kind: 'choice' }): string =>
  draft.texts[member] ?? options[0] ?? ''

/** The message type that is chosen, or the first that the signing algorithm has. */
export function messageTypeOf(draft: Draft, algorithm: string): MessageType {
  const types = messageTypesOf(algorithm)
  return types.find(type => type === draft.texts['MessageType']) ?? types[0] ?? 'RAW'
}

/** A value of a member, and what is wrong with it. `missing` is not shown as a fault: nobody has typed anything yet. */
interface Part {
  readonly values: SnippetInput
  readonly fault?: string | undefined
  readonly missing?: string | undefined
  readonly madeDigest?: DigestName | undefined
}

/** The call of a form. */
export function callOf(form: UseForm, draft: Draft, facts: DraftFacts): DraftedCall {
  const on = (member: string) => isOn(draft, member)
  const keyMember = form.keyMember(on)
  const parts = form.fields.map(field => ({ field, part: partOf(field, form, draft, facts) }))
  const faults = parts.flatMap(({ field, part }) =>
    part.fault === undefined ? [] : [[field.member, part.fault] as const],
  )
  return {
    operation: form.operation(on),
    input: Object.assign(
      keyMember === undefined ? {} : { [keyMember]: facts.keyName },
      ...parts.map(({ part }) => part.values),
    ),
    faults: Object.fromEntries(faults),
    blockedBecause: faults[0]?.[1] ?? parts.find(({ part }) => part.missing !== undefined)?.part.missing,
    madeDigest: parts.find(({ part }) => part.madeDigest !== undefined)?.part.madeDigest,
  }
}

function partOf(field: Field, form: UseForm, draft: Draft, facts: DraftFacts): Part {
  const { member, label } = field
  const valued = (value: SnippetValue | undefined, problems: Omit<Part, 'values'> = {}): Part => ({
    ...{ values: { [member]: value }, ...problems },
  })
  const text = draft.texts[member] ?? ''
  switch (field.kind) {
    case 'toggle':
      return { values: {} }
    case 'choice':
      return valued(choiceOf(draft, field))
    case 'key':
      return valued(text.trim(), text.trim() === '' ? { missing: `Enter: ${label}.` } : {})
    case 'publicKey': {
      const key = readPublicKeyPem(text)
      if (text.trim() === '') return valued(new Uint8Array(), { missing: `Enter: ${label}.` })
      return valued(key ?? new Uint8Array(), key === undefined ? { fault: notPem } : {})
    }
    case 'context':
      return valued(contextOf(draft.contexts[member] ?? []), { fault: contextFault(draft.contexts[member]) })
    case 'bytes': {
      const algorithm = algorithmIn(form, draft)
      const given = givenBytes(bytesDraftOf(draft, field), label)
      if (field.isMessage === true)
        return messagePart(given, algorithm, messageTypeOf(draft, algorithm), facts)
      const {
        bytes,
        missing,
        fault = sizeFault(bytes, maxBytesOf(field, { EncryptionAlgorithm: algorithm }, facts)),
      } = given
      return valued(bytes, { missing, fault })
    }
  }
}

const notPem = 'Enter a public key in PEM, which begins with -----BEGIN PUBLIC KEY-----.'

/** The algorithm that the form's first choice has. */
function algorithmIn(form: UseForm, draft: Draft): string {
  const field = form.fields.find(({ kind }) => kind === 'choice')
  return field?.kind === 'choice' ? choiceOf(draft, field) : ''
}

/** The most bytes of a field, which depend on the key and the algorithm for a plaintext. */
export function maxBytesOf(
  { member, maxBytes }: Field & { readonly kind: 'bytes' },
  { EncryptionAlgorithm }: SnippetInput,
  { keySpec }: DraftFacts,
): number {
  return member === 'Plaintext' ? plaintextMaxBytes(keySpec, String(EncryptionAlgorithm)) : maxBytes
}

interface GivenBytes {
  readonly bytes: Uint8Array
  readonly fault?: string
  readonly missing?: string
}

function givenBytes({ form, text, file }: BytesDraft, label: string): GivenBytes {
  const bytes =
    form === 'text' ? new TextEncoder().encode(text) : form === 'file' ? file?.bytes : readBase64(text)
  if (bytes === undefined && form === 'base64')
    return { bytes: new Uint8Array(), fault: 'This is not Base64.' }
  if (bytes !== undefined && bytes.length > 0) return { bytes }
  if (file !== undefined && form === 'file') return { bytes: new Uint8Array(), fault: 'The file is empty.' }
  return { bytes: new Uint8Array(), missing: form === 'file' ? 'Choose a file.' : `Enter: ${label}.` }
}

const sizeFault = ({ length }: Uint8Array, most: number) =>
  length > most ? `At most ${most} bytes: these are ${length}.` : undefined

/** A message, or the digest that stands for it because it is too large, or because the algorithm signs nothing else. */
function messagePart(
  { bytes, ...problems }: GivenBytes,
  algorithm: string,
  type: MessageType,
  { digest }: DraftFacts,
): Part {
  if (type !== 'RAW') {
    const size = digestBytesOf(algorithm)
    const wrong = `${algorithm} signs ${size} bytes here: these are ${bytes.length}.`
    const fault = bytes.length > 0 && bytes.length !== size ? wrong : undefined
    return { values: { Message: bytes, MessageType: type }, fault, ...problems }
  }
  const name = needsDigest(algorithm, bytes) ? digestNameOf(algorithm) : undefined
  if (name === undefined)
    return {
      ...{ values: { Message: bytes, MessageType: type }, fault: sizeFault(bytes, messageMaxBytes) },
      ...problems,
    }
  return { values: { Message: digest(name, bytes), MessageType: 'DIGEST' }, ...problems, madeDigest: name }
}

function contextOf(rows: readonly ContextRow[]): Readonly<Record<string, string>> | undefined {
  return rows.length === 0 ? undefined : Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}

function contextFault(rows: readonly ContextRow[] = []): string | undefined {
  if (rows.some(({ key }) => key === '')) return 'Each pair of the encryption context needs a key.'
  return new Set(rows.map(({ key }) => key)).size < rows.length
    ? 'Each key of the encryption context can be there once.'
    : undefined
}
