import assert from 'node:assert/strict'
import type { AsyncCommand } from 'fast-check'
import {
  type Call,
  call,
  callerIn,
  KeyCommand,
  type Real,
  regions,
  type Scene,
  type Target,
} from './command.ts'
import { kinds, type Model, type Use } from './model.ts'

const Plaintext = Buffer.from('what was encrypted').toString('base64')
const uses: Readonly<Record<Use, Call>> = {
  Encrypt: { operation: 'Encrypt', input: { Plaintext } },
  GenerateMac: { operation: 'GenerateMac', input: { Message: Plaintext, MacAlgorithm: 'HMAC_SHA_256' } },
  Sign: { operation: 'Sign', input: { Message: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256' } },
}

/** Uses a key, sometimes with an operation that its key usage does not allow. */
export class UseKey extends KeyCommand {
  readonly #use: Use

  constructor(target: Target, use: Use) {
    super(target)
    this.#use = use
  }

  async act(scene: Scene): Promise<void> {
    const { key, model } = scene
    const isItsUse = kinds[key.kind].use === this.#use
    const done = await call(scene, {
      ...uses[this.#use],
      first: isItsUse ? undefined : 'InvalidKeyUsageException',
    })
    if (done !== undefined && this.#use === 'Encrypt') {
      model.ciphertexts.push({ key, blob: String(done['CiphertextBlob']) })
    }
  }

  toString = () => this.show(this.#use)
}

export class GetPublicKey extends KeyCommand {
  act = async (scene: Scene): Promise<void> => {
    const isAsymmetric = kinds[scene.key.kind].use === 'Sign'
    const expected = [isAsymmetric ? undefined : 'UnsupportedOperationException']
    await call(scene, { operation: 'GetPublicKey', expected })
  }

  toString = () => this.show()
}

/** Decrypts any earlier ciphertext in any Region. */
export class Decrypt implements AsyncCommand<Model, Real> {
  readonly #ciphertext: number
  readonly #region: number

  constructor(ciphertext: number, region: number) {
    this.#ciphertext = ciphertext
    this.#region = region
  }

  check = (model: Readonly<Model>) => model.ciphertexts.length > 0

  async run(model: Model, real: Real): Promise<void> {
    const ciphertext = model.ciphertexts[this.#ciphertext % model.ciphertexts.length]
    assert.ok(ciphertext !== undefined)
    const { key, blob } = ciphertext
    const places = [...key.members.keys(), ...key.members.keys(), ...regions]
    const region = places[this.#region % places.length] ?? regions[0]
    const member = key.members.get(region)
    const input = { KeyId: undefined, CiphertextBlob: blob }
    if (member === undefined) {
      await callerIn(real, region).isRefused('Decrypt', input, 'AccessDeniedException')
      return
    }
    const done = await call({ model, real, key, region, member }, { operation: 'Decrypt', input })
    if (done !== undefined) assert.equal(done['Plaintext'], Plaintext)
  }

  toString = () => `Decrypt(${this.#ciphertext}, ${this.#region})`
}

export class CreateAlias extends KeyCommand {
  async act(scene: Scene): Promise<void> {
    const { key, region, real, model } = scene
    const name = `alias/${real.uniqueName()}`
    const input = { KeyId: undefined, AliasName: name, TargetKeyId: key.id }
    const isEmpty = await call(scene, { operation: 'CreateAlias', input })
    if (isEmpty !== undefined) model.aliases.push({ name, region, key })
  }

  toString = () => this.show()
}

/** Describes the key of an alias, and with `isDeleting` deletes the alias. An alias is deleted together with its key. */
export class FollowAlias implements AsyncCommand<Model, Real> {
  readonly #alias: number
  readonly #isDeleting: boolean

  constructor(alias: number, isDeleting: boolean) {
    this.#alias = alias
    this.#isDeleting = isDeleting
  }

  check = (model: Readonly<Model>) => model.aliases.length > 0

  async run(model: Model, real: Real): Promise<void> {
    const index = this.#alias % model.aliases.length
    const alias = model.aliases[index]
    assert.ok(alias !== undefined)
    const caller = callerIn(real, alias.region)
    const { KeyMetadata } = await caller.answer('DescribeKey', { KeyId: alias.name })
    assert.equal((KeyMetadata as { KeyId: string }).KeyId, alias.key.id)
    if (!this.#isDeleting) return
    await caller.answersNothing('DeleteAlias', { AliasName: alias.name })
    model.aliases.splice(index, 1)
    await caller.isRefused('DescribeKey', { KeyId: alias.name }, 'NotFoundException')
  }

  toString = () => `FollowAlias(${this.#alias}, ${this.#isDeleting})`
}

export class TagKey extends KeyCommand {
  readonly #name: string
  readonly #isSetting: boolean

  constructor(target: Target, name: string, isSetting: boolean) {
    super(target)
    this.#name = name
    this.#isSetting = isSetting
  }

  async act(scene: Scene): Promise<void> {
    const { member, real, region, key } = scene
    const value = real.uniqueName()
    const done = await call(
      scene,
      this.#isSetting
        ? { operation: 'TagResource', input: { Tags: [{ TagKey: this.#name, TagValue: value }] } }
        : { operation: 'UntagResource', input: { TagKeys: [this.#name] } },
    )
    if (member === undefined) return
    if (done !== undefined) {
      if (this.#isSetting) member.tags.set(this.#name, value)
      else member.tags.delete(this.#name)
    }
    const { Tags } = await callerIn(real, region).answer('ListResourceTags', { KeyId: key.id })
    const found = (Tags as { TagKey: string; TagValue: string }[]).map(tag => [tag.TagKey, tag.TagValue])
    assert.deepEqual(found.toSorted(), [...member.tags].toSorted())
  }

  toString = () => this.show(this.#name, this.#isSetting)
}
