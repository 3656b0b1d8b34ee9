import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { importJson, parametersFor } from '../fixtures/importing.ts'
import { dayMillis, timeAt } from '../fixtures/time-travel.ts'
import { call, callerIn, type Expected, KeyCommand, type Scene, type Target } from './command.ts'
import { isImported, isReady, isReplica, lose, type Member, type ModelKey, review } from './model.ts'
import { answerOf } from './reference-table.ts'

export type ImportType = 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL' | undefined
const incorrect = 'IncorrectKeyMaterialException'
const unsupported = 'UnsupportedOperationException'

/** The bytes of the key material of this number. */
const bytesOf = (key: ModelKey, material: number) =>
  createHash('sha256').update(`${key.id} ${material}`).digest()

/** The result of an import that the state of the key allows (AWS KMS developer guide, "Importing key material"). */
function decide(
  key: ModelKey,
  member: Member,
  material: number,
  type: ImportType,
): 'known' | 'first' | 'new' | Expected {
  if (!key.isSymmetric) {
    if (type !== undefined) return ['ValidationException']
    if (key.permanent.length === 0) return 'first'
    return key.permanent.includes(material) ? 'known' : [incorrect]
  }
  const isKnown = key.permanent.includes(material) || key.pending === material
  const wanted = type ?? (key.permanent.length === 0 ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL')
  if (wanted === 'EXISTING_KEY_MATERIAL') return isKnown ? 'known' : [incorrect]
  if (isReplica(key, member)) return ['ValidationException']
  if (isKnown) return [incorrect]
  if (key.permanent.length === 0) return 'first'
  return key.pending === undefined ? 'new' : ['KMSInvalidStateException']
}

function lackingOf(key: ModelKey, member: Member): number | undefined {
  const pending = key.pending === undefined ? [] : [key.pending]
  return [...key.permanent, ...pending].find(material => !member.imported.has(material))
}

export class ImportMaterial extends KeyCommand {
  readonly #choice: number | undefined
  readonly #type: ImportType
  readonly #days: number | undefined

  /** Without a choice the command imports a material that the key lacks in the Region. */
  constructor(target: Target, choice: number | undefined, type: ImportType, days: number | undefined) {
    super(target)
    this.#choice = choice
    this.#type = type
    this.#days = days
  }

  async act(scene: Scene): Promise<void> {
    const { key, member, real, region, model } = scene
    const parameters = await this.#parameters(scene)
    if (parameters === undefined || member === undefined) return
    const material = this.#choice ?? lackingOf(key, member) ?? 0
    const ValidTo = this.#days === undefined ? undefined : await timeAt(real)
    const input = {
      ...importJson(key.id, parameters, bytesOf(key, material), {
        ...(ValidTo === undefined ? {} : { ValidTo: new Date(ValidTo + (this.#days ?? 0) * dayMillis) }),
      }),
      ImportType: this.#type,
    }
    const decision = decide(key, member, material, this.#type)
    const expected = typeof decision === 'string' ? [undefined] : decision
    const done = await call(scene, { operation: 'ImportKeyMaterial', input, expected })
    if (done === undefined) return
    if (decision === 'first') key.permanent.push(material)
    if (decision === 'new') key.pending = material
    member.imported.set(material, this.#days === undefined ? undefined : model.day + this.#days)
    member.expired.delete(material)
    if (key.permanent.includes(material)) {
      review(key, member)
      // Recorded from AWS.
      if (member.state === 'Disabled') member.state = 'Enabled'
    }
    if (key.isSymmetric) await compareMaterials(key, member, await list(callerIn(real, region), key))
  }

  /** Earlier parameters while they are valid, or new ones; undefined if the server refuses them. */
  async #parameters(scene: Scene) {
    const { key, member, real, region } = scene
    const name = `${region} ${key.id}`
    const kept = real.parameters.get(name)
    if (kept !== undefined) return kept
    const WrappingAlgorithm = 'RSAES_OAEP_SHA_256' as const
    const unless = key.isImported ? undefined : unsupported
    const refused = member === undefined || unless !== undefined
    const state = member?.next ?? member?.state
    if (refused || state === undefined || answerOf('GetParametersForImport', state) !== undefined) {
      const input = { WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' }
      await call(scene, { operation: 'GetParametersForImport', input, unless })
      return undefined
    }
    // The Creating or Updating state ends soon.
    if (member.next !== undefined) return undefined
    const parameters = await parametersFor(callerIn(real, region), key.id)
    real.parameters.set(name, parameters)
    return parameters
  }

  toString = () => this.show(this.#choice, this.#type, this.#days)
}

interface Listed {
  readonly KeyMaterialState: string
  readonly ImportState: string
}

async function list(caller: ReturnType<typeof callerIn>, key: ModelKey): Promise<Listed[]> {
  const input = { KeyId: key.id, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
  return (await caller.answer('ListKeyRotations', input))['Rotations'] as Listed[]
}

/** The materials that ListKeyRotations shows, the oldest first. */
function compareMaterials(key: ModelKey, member: Member, listed: readonly Listed[]): void {
  const importState = (material: number) => (isImported(member, material) ? 'IMPORTED' : 'PENDING_IMPORT')
  const expected = key.permanent.map((material, index) => [
    index === key.permanent.length - 1 ? 'CURRENT' : 'NON_CURRENT',
    importState(material),
  ])
  if (key.pending !== undefined) {
    const state = isReady(key) ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
    expected.push([state, importState(key.pending)])
  }
  const got = listed.map(({ KeyMaterialState, ImportState }) => [KeyMaterialState, ImportState])
  assert.deepEqual(got.toSorted(), expected.toSorted(), `materials of key ${key.number} in ${member.region}`)
}

export class DeleteMaterial extends KeyCommand {
  readonly #isPending: boolean
  readonly #nth: number

  constructor(target: Target, nth: number, isPending: boolean) {
    super(target)
    this.#nth = nth
    this.#isPending = isPending
  }

  async act(scene: Scene): Promise<void> {
    const { key, member, real, region } = scene
    const input: { KeyMaterialId?: string } = {}
    let material = key.permanent.at(-1)
    if (member !== undefined && key.isSymmetric && key.isImported && this.#nth > 0) {
      const all = (await list(callerIn(real, region), key)) as (Listed & { KeyMaterialId: string })[]
      const isChosen = ({ KeyMaterialState: state }: Listed) =>
        this.#isPending ? state.startsWith('PENDING') : state === 'NON_CURRENT'
      const chosen = all.filter(isChosen)[0]
      // NON_CURRENT materials stand in the order in which the key got them.
      if (chosen !== undefined) {
        input.KeyMaterialId = chosen.KeyMaterialId
        material = this.#isPending ? key.pending : key.permanent[0]
      }
    }
    const unless = key.isImported ? undefined : unsupported
    const done = await call(scene, { operation: 'DeleteImportedKeyMaterial', input, unless })
    if (done === undefined || member === undefined || material === undefined) return
    const isHere = isImported(member, material)
    if (isHere || (material === key.pending && !isReplica(key, member))) lose(key, member, material)
    if (key.isSymmetric && key.isImported) {
      compareMaterials(key, member, await list(callerIn(real, region), key))
    }
  }

  toString = () => this.show(this.#nth, this.#isPending)
}
