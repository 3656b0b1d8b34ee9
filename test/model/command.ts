import assert from 'node:assert/strict'
import type { AsyncCommand } from 'fast-check'
import type { TestCaller } from '../fixtures/caller.ts'
import type { RawAnswer } from '../fixtures/clients.ts'
import type { ImportParameters } from '../fixtures/importing.ts'
import type { Member, Model, ModelKey } from './model.ts'
import { answerOf, type Operation, type State } from './reference-table.ts'

/** The server, as its clients reach it. */
export interface Real {
  readonly url: string
  readonly callers: ReadonlyMap<string, TestCaller>
  /** Import parameters that are still good, by region and key. */
  readonly parameters: Map<string, ImportParameters>
  /** No two names of a test are the same. */
  uniqueName(): string
}

export const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2'] as const

export function callerIn(real: Real, region: string): TestCaller {
  const caller = real.callers.get(region)
  assert.ok(caller !== undefined)
  return caller
}

/** Where a command strikes: a key, and a region that mostly has it. */
export interface Target {
  readonly key: number
  readonly region: number
}

/** Errors any of which the reference lets pass; undefined for success. */
export type Expected = readonly (string | undefined)[]
export const succeeds: Expected = [undefined]

/** A call that the model has an opinion on. */
export interface Call {
  readonly operation: Operation
  readonly input?: object
  /** What an operation that the state allows is answered; may depend on what the key is. */
  readonly expected?: Expected
  /** Errors of what the key is, which come before those of its state or after. */
  readonly unless?: string | undefined
  /** Errors of another key that the call names, which may come instead of any error of this one. */
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
    // Keys that are gone now and then.
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
  /** Undefined where the region has no such key. */
  readonly member: Member | undefined
}

/**
 * Calls, and asserts that the answer is one that the model has; gives it if it is success. A key that is Creating or
 * Updating may have got over it by now.
 */
export async function call(scene: Scene, { operation, input = {}, expected, unless, others = [] }: Call) {
  const { real, key, region, member } = scene
  const answer = await callerIn(real, region).call(operation, { KeyId: key.id, ...input })
  if (member === undefined) {
    check(answer, ['NotFoundException'], `${operation} where there is no key`)
    return undefined
  }
  const ofState = (state: State): Expected => {
    const error = answerOf(operation, state)
    if (unless !== undefined) return error === undefined ? [unless, ...others] : [unless, error, ...others]
    return error === undefined ? (expected ?? succeeds) : [error, ...others]
  }
  const states = member.next === undefined ? [member.state] : [member.state, member.next]
  check(answer, states.flatMap(ofState), `${operation} of ${describeMember(key, member)}`)
  if (answer.status !== 200) return undefined
  // What a passing state refuses shows that it has passed.
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

/** Asserts that the server's key is as the model has it, in all its regions. */
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
