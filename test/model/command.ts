import assert from 'node:assert/strict'
import type { AsyncCommand } from 'fast-check'
import type { TestCaller } from '../fixtures/caller.ts'
import type { RawAnswer } from '../fixtures/clients.ts'
import type { ImportParameters } from '../fixtures/importing.ts'
import type { Member, Model, ModelKey } from './model.ts'
import { answerOf, type Operation, type State } from './reference-table.ts'

/** The server, and its clients. */
export interface Real {
  readonly url: string
  readonly callers: ReadonlyMap<string, TestCaller>
  /** Import parameters that are still valid, by Region and key. */
  readonly parameters: Map<string, ImportParameters>
  /** Returns a name that no other call returns. */
  uniqueName(): string
}

export const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2'] as const

export function callerIn(real: Real, region: string): TestCaller {
  const caller = real.callers.get(region)
  assert.ok(caller !== undefined)
  return caller
}

/** The target of a command: a key, and a Region that mostly has it. */
export interface Target {
  readonly key: number
  readonly region: number
}

/** The errors that the reference allows; undefined means success. */
export type Expected = readonly (string | undefined)[]
export const succeeds: Expected = [undefined]

/** A call whose answer the model knows. */
export interface Call {
  readonly operation: Operation
  readonly input?: object
  /** The answers that are possible if the state of the key allows the operation. */
  readonly expected?: Expected
  /** An error of the usage of the key, which comes before the error of its state (recorded from AWS). */
  readonly first?: string | undefined
  /** An error of the kind of the key. No source says whether it comes before or after the error of the state. */
  readonly unless?: string | undefined
  /** Errors of a second key that the call names. They may come instead of an error of the first key. */
  readonly others?: Expected
}

export abstract class KeyCommand implements AsyncCommand<Model, Real> {
  readonly target: Target

  constructor(target: Target) {
    this.target = target
  }

  check(model: Readonly<Model>): boolean {
    return model.keys.length > 0
  }

  async run(model: Model, real: Real): Promise<void> {
    const living = model.keys.filter(key => key.members.size > 0)
    // Sometimes a key that is deleted.
    const keys = [...living, ...living, ...living, ...living, ...model.keys]
    const key = keys[this.target.key % keys.length]
    assert.ok(key !== undefined)
    const holding = [...key.members.keys()]
    const places = [key.primaryRegion, ...holding, key.primaryRegion, ...holding, ...holding, ...regions]
    const region = places[this.target.region % places.length] ?? regions[0]
    await this.act({ model, real, key, region, member: key.members.get(region) })
    await compare(real, key)
  }

  abstract act(scene: Scene): Promise<void>
  abstract toString(): string

  protected show(...parts: unknown[]): string {
    return `${this.constructor.name}(${[this.target.key, this.target.region, ...parts].join(', ')})`
  }
}

export interface Scene {
  readonly model: Model
  readonly real: Real
  readonly key: ModelKey
  readonly region: string
  /** Undefined if the Region does not have the key. */
  readonly member: Member | undefined
}

/**
 * Calls an operation, asserts that the model allows the answer, and returns the answer if it is success. A key that was
 * Creating or Updating may have its next state by now.
 */
export async function call(
  scene: Scene,
  { operation, input = {}, expected, first, unless, others = [] }: Call,
) {
  const { real, key, region, member } = scene
  const answer = await callerIn(real, region).call(operation, { KeyId: key.id, ...input })
  if (member === undefined) {
    check(answer, ['NotFoundException'], `${operation} where there is no key`)
    return undefined
  }
  const ofState = (state: State): Expected => {
    if (first !== undefined) return [first]
    const error = answerOf(operation, state)
    if (unless !== undefined) return error === undefined ? [unless, ...others] : [unless, error, ...others]
    return error === undefined ? (expected ?? succeeds) : [error, ...others]
  }
  const states = member.next === undefined ? [member.state] : [member.state, member.next]
  check(answer, states.flatMap(ofState), `${operation} of ${describeMember(key, member)}`)
  if (answer.status !== 200) return undefined
  // The success of an operation that a passing state refuses shows that the state has passed.
  if (member.next !== undefined && !ofState(member.state).includes(undefined)) {
    member.state = member.next
    member.next = undefined
  }
  return answer.json
}

function check(answer: RawAnswer, expected: Expected, what: string): void {
  const got = answer.status === 200 ? undefined : String(answer.json['__type'])
  assert.ok(
    expected.includes(got),
    `${what}: ${got ?? 'success'}, not ${expected.join(' or ')}\n${answer.text}`,
  )
}

const describeMember = (key: ModelKey, { region, state, next }: Member) =>
  `key ${key.number} (${key.kind}) in ${region}, ${state}${next === undefined ? '' : ` or ${next}`}`

/** Asserts that the key on the server is as in the model, in all Regions. */
export async function compare(real: Real, key: ModelKey): Promise<void> {
  await Promise.all(regions.map(region => compareIn(real, key, region)))
}

async function compareIn(real: Real, key: ModelKey, region: string): Promise<void> {
  const answer = await callerIn(real, region).call('DescribeKey', { KeyId: key.id })
  const member = key.members.get(region)
  if (member === undefined) {
    assert.equal(answer.json['__type'], 'NotFoundException', `key ${key.number} is in ${region}`)
    return
  }
  const what = describeMember(key, member)
  assert.equal(answer.status, 200, `${what}: ${answer.text}`)
  compareMember(key, member, answer.json['KeyMetadata'] as Record<string, unknown>, what)
}

function compareMember(key: ModelKey, member: Member, metadata: Record<string, unknown>, what: string): void {
  const state = metadata['KeyState'] as State
  if (member.next !== undefined && state === member.next) {
    member.state = state
    member.next = undefined
  }
  assert.equal(state, member.state, what)
  assert.equal(metadata['Enabled'], state === 'Enabled', what)
  assert.equal(metadata['DeletionDate'] !== undefined, state === 'PendingDeletion', what)
  assert.equal(metadata['PendingDeletionWindowInDays'], member.windowDays, what)
  if (!key.isMultiRegion || member.next !== undefined) return
  const configuration = metadata['MultiRegionConfiguration'] as {
    PrimaryKey: { Region: string }
    ReplicaKeys: { Region: string }[]
  }
  assert.equal(configuration.PrimaryKey.Region, key.primaryRegion, what)
  const replicas = [...key.members.keys()].filter(region => region !== key.primaryRegion)
  assert.deepEqual(
    configuration.ReplicaKeys.map(replica => replica.Region).toSorted(),
    replicas.toSorted(),
    what,
  )
}
