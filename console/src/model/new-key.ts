import type { CreateKeyCommandInput, KeySpec, KeyUsageType, OriginType } from '@aws-sdk/client-kms'
import { aliasFault } from './aliases.ts'
import { defaultSpec, isInStore, type KeyType, originFault, specsFor, usagesFor } from './key-specs.ts'
import { makePolicy, partitionOf } from './policy/console-policy.ts'
import { findingsOf, type PolicyReader } from './policy/policy-findings.ts'
import { areGood, type TagRow, tagFaults } from './tags.ts'

/** Everything that the wizard knows about the key that it is to make. */
export interface NewKey {
  readonly keyType: KeyType
  readonly keyUsage: KeyUsageType
  readonly keySpec: KeySpec
  readonly origin: OriginType
  /** Whether somebody agreed to what the origin asks of them. */
  readonly hasConsent: boolean
  /** The custom key store; empty until one is chosen, and for keys in none. */
  readonly storeId: string
  /** The key outside; empty for keys that have none. */
  readonly xksKeyId: string
  readonly isMultiRegion: boolean
  /** As typed, with or without the prefix `alias/`. */
  readonly alias: string
  readonly description: string
  readonly tags: readonly TagRow[]
  readonly administrators: readonly string[]
  readonly mayDelete: boolean
  readonly users: readonly string[]
  /** Account ids as typed. */
  readonly otherAccounts: readonly string[]
  /** The policy that somebody wrote in place of the generated one; absent if nobody did. */
  readonly edit?: { readonly text: string; readonly generated: string } | undefined
}

/** The account and Region of the new key, and the caller who makes it. */
export interface KeyPlace {
  readonly accountId: string
  readonly region: string
  /** As GetCallerIdentity answers it. */
  readonly callerArn: string
}

/** The choices with which the wizard begins, which are those of AWS's. */
export const firstChoices: NewKey = {
  ...{
    keyType: 'symmetric',
    keyUsage: 'ENCRYPT_DECRYPT',
    keySpec: 'SYMMETRIC_DEFAULT',
    isMultiRegion: false,
  },
  ...{ origin: 'AWS_KMS', hasConsent: false, storeId: '', xksKeyId: '' },
  ...{ alias: '', description: '', tags: [] },
  ...{ administrators: [], mayDelete: true, users: [], otherAccounts: [] },
}

/** Changes the type, the usage or the spec. A choice that is no longer possible becomes the first that is. */
export function withKind(
  key: NewKey,
  change: Partial<Pick<NewKey, 'keyType' | 'keyUsage' | 'keySpec'>>,
  region: string,
): NewKey {
  const { keyType, keyUsage: wanted, keySpec: wantedSpec } = { ...key, ...change }
  const usages = usagesFor(keyType, region)
  const keyUsage = usages.includes(wanted) ? wanted : (usages[0] ?? wanted)
  const isPossible = specsFor(keyType, keyUsage, region).includes(wantedSpec)
  const keySpec = isPossible ? wantedSpec : defaultSpec(keyType, keyUsage, region)
  const next = { ...key, keyType, keyUsage, keySpec }
  return originFault(key.origin, keySpec) === undefined ? next : withOrigin(next, 'AWS_KMS')
}

/** Changes the origin. Choices that belong to the old one are dropped, and keys in key stores have one Region. */
export function withOrigin(key: NewKey, origin: OriginType): NewKey {
  const isMultiRegion = key.isMultiRegion && !isInStore(origin)
  return { ...key, origin, isMultiRegion, hasConsent: false, storeId: '', xksKeyId: '' }
}

/** Whether the origin asks for an agreement: then others than the server keep the key there. */
export const asksConsent = (origin: OriginType) => origin === 'EXTERNAL' || origin === 'EXTERNAL_KEY_STORE'

/** The fault of the id of a key outside (API reference, "CreateKey", XksKeyId); undefined if there is none. */
export function xksKeyFault(text: string): string | undefined {
  return /^[\w.-]{1,128}$/.test(text)
    ? undefined
    : 'An external key ID has 1 to 128 letters, digits, and the characters - . _'
}

const descriptionMaxLength = 8192

/** The fault of a description; undefined if there is none. */
export function descriptionFault(text: string): string | undefined {
  return text.length > descriptionMaxLength
    ? `A description has at most ${descriptionMaxLength} characters. This one has ${text.length}.`
    : undefined
}

/** The fault of one of the other accounts; undefined if there is none. */
export function accountFault(
  ids: readonly string[],
  index: number,
  { accountId }: KeyPlace,
): string | undefined {
  const id = ids[index] ?? ''
  if (!/^\d{12}$/.test(id)) return 'An account ID has 12 digits.'
  if (id === accountId) return 'The key is in this account: its people are among the key users.'
  return ids.indexOf(id) < index ? 'This account is there already.' : undefined
}

/** The ARNs in a text, and the fault if one is not that of a user or a role of the account. */
export function readPrincipals(
  text: string,
  { accountId, region }: KeyPlace,
): { readonly arns: readonly string[]; readonly fault?: string } {
  const arns = [...new Set(text.split(/[\s,]+/).filter(word => word !== ''))]
  const form = new RegExp(`^arn:${partitionOf(region)}:iam::${accountId}:(?:user|role)/[\\w+=,.@/-]+$`)
  const strange = arns.find(arn => !form.test(arn))
  if (arns.length === 0) return { arns, fault: 'Enter the ARN of a user or a role.' }
  return strange === undefined
    ? { arns }
    : { arns, fault: `${strange} is not the ARN of a user or a role in account ${accountId}.` }
}

/** The policy that belongs to the choices. */
export function generatedPolicy(key: NewKey, { accountId, region }: KeyPlace): string {
  const partition = partitionOf(region)
  return JSON.stringify(makePolicy({ ...key, accountId, partition }), null, 2)
}

/** The policy of the new key: the written one if somebody wrote one. It is outdated if choices have changed since. */
export function policyOf(
  key: NewKey,
  place: KeyPlace,
): { readonly text: string; readonly isEdited: boolean; readonly isOutdated: boolean } {
  const generated = generatedPolicy(key, place)
  const { edit } = key
  if (edit === undefined) return { text: generated, isEdited: false, isOutdated: false }
  return { text: edit.text, isEdited: true, isOutdated: edit.generated !== generated }
}

/** Replaces the policy with a written one. The generated text itself is no edit. More writing does not keep an outdated one. */
export function withPolicy(key: NewKey, text: string, place: KeyPlace): NewKey {
  const generated = generatedPolicy(key, place)
  const edit = { text, generated: key.edit?.generated ?? generated }
  return { ...key, edit: text === generated ? undefined : edit }
}

/** Keeps the written policy although choices have changed since. */
export function keepPolicy(key: NewKey, place: KeyPlace): NewKey {
  const { text } = policyOf(key, place)
  return withPolicy({ ...key, edit: undefined }, text, place)
}

/** The input of CreateKey. */
export function createKeyInput(key: NewKey, place: KeyPlace): CreateKeyCommandInput {
  const { keySpec, keyUsage, origin, storeId, xksKeyId, isMultiRegion, description, tags } = key
  return {
    ...{ KeySpec: keySpec, KeyUsage: keyUsage, Description: description },
    ...{ Origin: origin, MultiRegion: isMultiRegion, Policy: policyOf(key, place).text },
    ...(isInStore(origin) && { CustomKeyStoreId: storeId }),
    ...(origin === 'EXTERNAL_KEY_STORE' && { XksKeyId: xksKeyId }),
    Tags: tags.map(tag => ({ TagKey: tag.key, TagValue: tag.value })),
  }
}

/** The principals that should stay able to change the policy of the new key. */
export function readerAt({ accountId, region, callerArn }: KeyPlace): PolicyReader {
  return { accountId, callerArn, partition: partitionOf(region) }
}

/** A step of the wizard. */
export type Step = 'configure' | 'store' | 'labels' | 'administrators' | 'users' | 'policy' | 'review'

/** The steps for a key, in their order. A key in a custom key store has one more. */
export const stepsFor = ({ origin }: Pick<NewKey, 'origin'>): readonly Step[] => [
  ...(['configure', ...(isInStore(origin) ? ['store' as const] : []), 'labels', 'administrators'] as const),
  ...(['users', 'policy', 'review'] as const),
]

const isFaulty: Readonly<Partial<Record<Step, (key: NewKey, place: KeyPlace) => boolean>>> = {
  configure: ({ origin, hasConsent }) => asksConsent(origin) && !hasConsent,
  store: ({ origin, storeId, xksKeyId }) =>
    storeId === '' || (origin === 'EXTERNAL_KEY_STORE' && xksKeyFault(xksKeyId) !== undefined),
  labels: ({ alias, description, tags }) =>
    aliasFault(alias) !== undefined ||
    descriptionFault(description) !== undefined ||
    !areGood(tagFaults(tags)),
  users: ({ otherAccounts }, place) =>
    otherAccounts.some((_id, index) => accountFault(otherAccounts, index, place) !== undefined),
  policy(key, place) {
    const { text, isOutdated } = policyOf(key, place)
    return isOutdated || findingsOf(text, readerAt(place)).some(({ severity }) => severity === 'error')
  },
}

/** Whether a step has a fault, so that the wizard cannot go on. */
export const hasFault = (step: Step, key: NewKey, place: KeyPlace) => isFaulty[step]?.(key, place) ?? false

/** The step that somebody reaches who wants to go on to `wanted`: the first one with a fault on the way, or the wanted one. From 0. */
export function reachedStep(from: number, wanted: number, key: NewKey, place: KeyPlace): number {
  const faulty = stepsFor(key).findIndex(
    (step, index) => index >= from && index < wanted && hasFault(step, key, place),
  )
  return faulty === -1 ? wanted : faulty
}
