import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { makeKey, type TestCaller, type TestKey } from '../../../fixtures/caller.ts'
import { type FailureText, isDisabled, isPendingDeletion, keyNotFound, unpublished } from './failure-texts.ts'
import { readGolden } from './golden-record.ts'
import {
  assertGoldenExactly,
  type goldenWorld,
  keyId,
  materialId,
  type Named,
  type Recorded,
} from './golden-world.ts'

/** A call that is like the published one. */
export interface Prepared {
  readonly input: object
  readonly named?: Named
  /** The texts of the answer, each with the text that the published record has. */
  readonly namedIn?: (answer: Record<string, unknown>) => Named
  /** The key that the call uses. */
  readonly key?: TestKey
}

/** How a call fails after its caller was found to be allowed. */
export interface Failure {
  readonly code: string
  readonly text: FailureText
  /** Spoils what was prepared, so that the same call fails. */
  readonly spoil?: (prepared: Prepared) => Promise<unknown>
  /** A different call, which fails. */
  readonly prepare?: () => Promise<Prepared>
  /** The members that the record has otherwise than the published record of success, besides those of every error. */
  readonly differs?: Recorded
}

/** A published record with the calls that must have its like. */
export interface Row {
  readonly prepare: () => Promise<Prepared>
  readonly fails: Failure
}

/** Checks the records of one successful call and of one failure for each published record. */
export function checkRows(
  { alice, recordsOf }: Awaited<ReturnType<typeof goldenWorld>>,
  rows: Readonly<Record<string, Row>>,
): void {
  const perform = async (name: string, { input }: Prepared) => {
    const answer = await alice.call(operationOf(name), input)
    const [record, ...more] = recordsOf(answer)
    assert.deepEqual(more, [])
    return { answer, record }
  }
  for (const [name, { prepare, fails }] of Object.entries(rows)) {
    test(`the record of ${name} is like the published one`, async () => {
      const prepared = await prepare()
      const { answer, record } = await perform(name, prepared)
      assert.equal(answer.status, 200, answer.text)
      const named = { ...prepared.named, ...(prepared.namedIn?.(answer.json) ?? {}) }
      assertGoldenExactly(record, `kms/${name}`, named)
    })
    test(`the record of a failed ${name} has the error, and no response`, async () => {
      const prepared = await (fails.prepare ?? prepare)()
      await fails.spoil?.(prepared)
      const { answer, record } = await perform(name, prepared)
      assert.equal(answer.json['__type'], fails.code, answer.text)
      assertGoldenExactly(record, `kms/${name}`, prepared.named, {
        errorCode: fails.code,
        errorMessage: fails.text === unpublished ? answer.json['message'] : fails.text,
        responseElements: null,
        additionalEventData: undefined,
        ...fails.differs,
      })
    })
  }
}

/** The operation of a published record: the name of its file is that of the operation, and perhaps more. */
export const operationOf = (name: string) => name.replace(/^.*\//, '').replace(/-.*$/, '')

export const nameKey = ({ id }: TestKey, name = keyId): Named => ({ [id]: name })

/** The request parameters of a published record, with some of them changed. */
export const parametersOf = (name: string, changed: Recorded = {}) => ({
  requestParameters: { ...(readGolden(`kms/${name}`)['requestParameters'] as Recorded), ...changed },
})

/** A call with a key identifier that no key has. */
export const absent = (more: object = {}): Failure => ({
  code: 'NotFoundException',
  text: keyNotFound,
  prepare: async () => {
    const KeyId = randomUUID()
    return { input: { KeyId, ...more }, named: { [KeyId]: keyId } }
  },
  differs: { resources: undefined },
})

/** The calls that a user makes on new keys, and the usual ways in which they fail. */
export function keyCalls(alice: TestCaller) {
  const materialOf = async ({ id }: TestKey) => (await alice.describe(id)).CurrentKeyMaterialId ?? ''
  /** A call on a key of its own, named by id or ARN. */
  const on =
    (more: object = {}, kind: object = {}, form: 'id' | 'arn' = 'id', name = keyId) =>
    async (): Promise<Prepared> => {
      const key = await makeKey(alice, kind)
      return { key, input: { KeyId: key[form], ...more }, named: nameKey(key, name) }
    }
  /** The same with a symmetric key, whose key material the record names. */
  const onSymmetric =
    (more: object, form: 'id' | 'arn' = 'id') =>
    async (): Promise<Prepared> => {
      const prepared = await on(more, {}, form)()
      const { key } = prepared
      return key === undefined
        ? prepared
        : { ...prepared, named: { ...prepared.named, [await materialOf(key)]: materialId } }
    }
  const disabled: Failure = {
    code: 'DisabledException',
    text: isDisabled,
    spoil: ({ key }) => alice.sdk.disableKey({ KeyId: key?.id }),
  }
  const pendingDeletion: Failure = {
    code: 'KMSInvalidStateException',
    text: isPendingDeletion,
    spoil: ({ key }) => alice.sdk.scheduleKeyDeletion({ KeyId: key?.id }),
  }
  return { materialOf, on, onSymmetric, disabled, pendingDeletion }
}
