import assert from 'node:assert/strict'
import type { AsyncCommand } from 'fast-check'
import { advance, daySeconds } from '../fixtures/time-travel.ts'
import {
  type Call,
  call,
  callerIn,
  compare,
  KeyCommand,
  type Real,
  regions,
  type Scene,
  succeeds,
  type Target,
} from './command.ts'
import {
  catchUp,
  endTransition,
  isPrimary,
  isReady,
  isReplica,
  type Kind,
  kinds,
  type Model,
  newMember,
  passDays,
  review,
} from './model.ts'

export class CreateKey implements AsyncCommand<Model, Real> {
  readonly #kind: Kind
  readonly #region: number

  constructor(kind: Kind, region: number) {
    this.#kind = kind
    this.#region = region
  }

  /** Few keys exist at once, so that many commands have the same key. */
  check = (model: Readonly<Model>) => model.keys.filter(key => key.members.size > 0).length < 2

  async run(model: Model, real: Real): Promise<void> {
    const region = regions[this.#region % regions.length] ?? regions[0]
    const { input } = kinds[this.#kind]
    const { KeyMetadata } = await callerIn(real, region).answer('CreateKey', input)
    const isImported = 'Origin' in input
    const key = {
      id: (KeyMetadata as { KeyId: string }).KeyId,
      number: model.keys.length,
      kind: this.#kind,
      isSymmetric: kinds[this.#kind].use === 'Encrypt',
      isImported,
      isMultiRegion: 'MultiRegion' in input,
      primaryRegion: region,
      members: new Map([[region, newMember(region, isImported ? 'PendingImport' : 'Enabled')]]),
      permanent: [],
      pending: undefined,
      rotations: 0,
      rotation: undefined,
    }
    model.keys.push(key)
    await compare(real, key)
  }

  toString = () => `CreateKey(${this.#kind}, ${this.#region})`
}

/** Moves the clock, and compares all keys. */
export class PassDays implements AsyncCommand<Model, Real> {
  readonly #days: number

  constructor(days: number) {
    this.#days = days
  }

  check = () => true

  async run(model: Model, real: Real): Promise<void> {
    if (this.#days > 0) real.parameters.clear()
    // The Creating or Updating state ends soon.
    await advance(real, this.#days === 0 ? 5 : this.#days * daySeconds)
    passDays(model, this.#days)
    for (const key of model.keys) {
      for (const member of key.members.values()) endTransition(member)
      catchUp(model, key)
      await compare(real, key)
    }
  }

  toString = () => `PassDays(${this.#days})`
}

export class EnableKey extends KeyCommand {
  async act(scene: Scene): Promise<void> {
    const { key, member, model } = scene
    const done = await call(scene, { operation: 'EnableKey' })
    if (done === undefined || member === undefined) return
    member.state = 'Enabled'
    catchUp(model, key)
  }

  toString = () => this.show()
}

export class DisableKey extends KeyCommand {
  async act(scene: Scene): Promise<void> {
    const done = await call(scene, { operation: 'DisableKey' })
    if (done !== undefined && scene.member !== undefined) scene.member.state = 'Disabled'
  }

  toString = () => this.show()
}

export class ScheduleKeyDeletion extends KeyCommand {
  readonly #days: number

  constructor(target: Target, days: number) {
    super(target)
    this.#days = days
  }

  async act(scene: Scene): Promise<void> {
    const { key, member, model } = scene
    const done = await call(scene, {
      operation: 'ScheduleKeyDeletion',
      input: { PendingWindowInDays: this.#days },
    })
    if (done === undefined || member === undefined) return
    const waits = key.isMultiRegion && isPrimary(key, member) && key.members.size > 1
    member.state = waits ? 'PendingReplicaDeletion' : 'PendingDeletion'
    member.next = undefined
    member.deletionDay = waits ? undefined : model.day + this.#days
    member.windowDays = waits ? this.#days : undefined
    assert.equal(done['KeyState'], member.state)
  }

  toString = () => this.show(this.#days)
}

export class CancelKeyDeletion extends KeyCommand {
  async act(scene: Scene): Promise<void> {
    const { member } = scene
    const done = await call(scene, { operation: 'CancelKeyDeletion' })
    if (done === undefined || member === undefined) return
    member.state = 'Disabled'
    member.deletionDay = undefined
    member.windowDays = undefined
    // A key without its material becomes PendingImport (recorded from AWS).
    review(scene.key, member)
  }

  toString = () => this.show()
}

/** The error of the kind of the key comes after the error of its state (recorded from AWS). */
function rotationCall(
  { key, member }: Scene,
  operation: Call['operation'],
  input: object,
  isOut: boolean,
): Call {
  const isElsewhere = member !== undefined && isReplica(key, member)
  return {
    operation,
    input,
    expected: [isOut || isElsewhere ? 'UnsupportedOperationException' : undefined],
    // The table of key states has "1 or 7" for imported keys.
    unless: key.isImported && operation !== 'RotateKeyOnDemand' ? 'UnsupportedOperationException' : undefined,
  }
}

export class EnableKeyRotation extends KeyCommand {
  readonly #period: number

  constructor(target: Target, period: number) {
    super(target)
    this.#period = period
  }

  async act(scene: Scene): Promise<void> {
    const input = { RotationPeriodInDays: this.#period }
    const { key } = scene
    const isOut = !key.isSymmetric || key.isImported
    const done = await call(scene, rotationCall(scene, 'EnableKeyRotation', input, isOut))
    // The same period again changes nothing (recorded from AWS).
    if (done === undefined || key.rotation?.period === this.#period) return
    scene.key.rotation = { period: this.#period, nextDay: scene.model.day + this.#period }
  }

  toString = () => this.show(this.#period)
}

export class DisableKeyRotation extends KeyCommand {
  async act(scene: Scene): Promise<void> {
    // It succeeds for a key without rotation (recorded from AWS for HMAC keys).
    const done = await call(scene, rotationCall(scene, 'DisableKeyRotation', {}, scene.key.isImported))
    if (done !== undefined) scene.key.rotation = undefined
  }

  toString = () => this.show()
}

export class RotateKeyOnDemand extends KeyCommand {
  async act(scene: Scene): Promise<void> {
    const { key } = scene
    const { pending } = key
    const isReadyToRotate = !key.isImported || isReady(key)
    const { expected = succeeds, ...rest } = rotationCall(scene, 'RotateKeyOnDemand', {}, !key.isSymmetric)
    const done = await call(scene, {
      ...rest,
      expected: isReadyToRotate || !expected.includes(undefined) ? expected : ['KMSInvalidStateException'],
    })
    if (done === undefined) return
    key.rotations += 1
    if (key.isImported && pending !== undefined) {
      key.permanent.push(pending)
      key.pending = undefined
      // The material may have expired.
      for (const member of key.members.values()) review(key, member)
    }
  }

  toString = () => this.show()
}

/** Compares the rotation status, and the number of rotations. */
export class LookAtRotation extends KeyCommand {
  async act(scene: Scene): Promise<void> {
    const { key, member, region, real } = scene
    const status = await call(scene, { operation: 'GetKeyRotationStatus' })
    if (status === undefined || member === undefined) return
    // A key that waits for its replicas shows its rotation (recorded from AWS).
    const isSuspended = member.state === 'PendingDeletion'
    assert.equal(status['KeyRotationEnabled'], key.rotation !== undefined && !isSuspended)
    const { Rotations } = await callerIn(real, region).answer('ListKeyRotations', { KeyId: key.id })
    const all = Rotations as { KeyMaterialId: string; KeyMaterialState: string }[]
    assert.equal(all.length, key.rotations, `rotations of key ${key.number} in ${region}`)
    const current = all.filter(entry => entry.KeyMaterialState === 'CURRENT')
    assert.equal(current.length, Math.min(key.rotations, 1))
  }

  toString = () => this.show()
}
