import type { CreateKeyCommandInput, KeySpec, KeyUsageType } from '@aws-sdk/client-kms'
import { aliasFault } from './aliases.ts'
import { defaultSpec, type KeyType, specsFor, usagesFor } from './key-specs.ts'
import { makePolicy, partitionOf } from './policy/console-policy.ts'
import { findingsOf, type PolicyReader } from './policy/policy-findings.ts'
import { areGood, type TagRow, tagFaults } from './tags.ts'

/** Everything that the wizard knows about the key that it is to make. */
export interface NewKey {
  readonly keyType: KeyType
  readonly keyUsage: KeyUsageType
  readonly keySpec: KeySpec
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
  ...{ alias: '', description: '', tags: [] },
  ...{ administrators: [], mayDelete: true, users: [], otherAccounts: [] },
}

/** Changes the type or the usage. A usage or a spec that is no longer possible becomes the first that is. */
export function withKind(
  key: NewKey,
  change: Partial<Pick<NewKey, 'keyType' | 'keyUsage'>>,
  region: string,
): NewKey {
  const { keyType, keyUsage: wanted, keySpec } = { ...key, ...change }
  const usages = usagesFor(keyType, region)
  const keyUsage = usages.includes(wanted) ? wanted : (usages[0] ?? wanted)
  const isPossible = specsFor(keyType, keyUsage, region).includes(keySpec)
  return {
    ...{ ...key, keyType, keyUsage },
    keySpec: isPossible ? keySpec : defaultSpec(keyType, keyUsage, region),
  }
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
  return JSON.stringify(makePolicy({ ...key, accountId, partition, origin: 'AWS_KMS' }), null, 2)
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
  const { keySpec, keyUsage, isMultiRegion, description, tags } = key
  return {
    ...{ KeySpec: keySpec, KeyUsage: keyUsage, Description: description },
    ...{ Origin: 'AWS_KMS', MultiRegion: isMultiRegion, Policy: policyOf(key, place).text },
    Tags: tags.map(tag => ({ TagKey: tag.key, TagValue: tag.value })),
  }
}

/** The principals that should stay able to change the policy of the new key. */
export function readerAt({ accountId, region, callerArn }: KeyPlace): PolicyReader {
  return { accountId, callerArn, partition: partitionOf(region) }
}

/** The steps of the wizard, from 0. */
export const steps = { configure: 0, labels: 1, administrators: 2, users: 3, policy: 4, review: 5 } as const

/** Whether a step has a fault, so that the wizard cannot go on. */
export function hasFault(step: number, key: NewKey, place: KeyPlace): boolean {
  if (step === steps.labels)
    return (
      aliasFault(key.alias) !== undefined ||
      descriptionFault(key.description) !== undefined ||
      !areGood(tagFaults(key.tags))
    )
  if (step === steps.users)
    return key.otherAccounts.some((_id, index) => accountFault(key.otherAccounts, index, place) !== undefined)
  if (step !== steps.policy) return false
  const { text, isOutdated } = policyOf(key, place)
  return isOutdated || findingsOf(text, readerAt(place)).some(({ severity }) => severity === 'error')
}

/** The step that somebody reaches who wants to go on to `wanted`: the first one with a fault on the way, or the wanted one. */
export function reachedStep(from: number, wanted: number, key: NewKey, place: KeyPlace): number {
  for (let step = from; step < wanted; step++) if (hasFault(step, key, place)) return step
  return wanted
}
