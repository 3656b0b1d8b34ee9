import { after, before, test } from 'node:test'
import fc, { type AsyncCommand } from 'fast-check'
import { TestCaller } from '../fixtures/caller.ts'
import { type KeywardProcess, startKeyward } from '../fixtures/keyward-process.ts'
import { type Real, regions } from './command.ts'
import * as keys from './key-commands.ts'
import { DeleteMaterial, ImportMaterial } from './material-commands.ts'
import { type Kind, kinds, type Model, newModel } from './model.ts'
import { ReplicateKey, UpdatePrimaryRegion } from './region-commands.ts'
import * as uses from './use-commands.ts'

const secondsMax = Number(process.env['MODEL_SECONDS'] ?? 25)
const seed = process.env['MODEL_SEED']

let keyward: KeywardProcess
let callers: Map<string, TestCaller>
before(async () => {
  keyward = await startKeyward({
    environment: { KEYWARD_TEST_CLOCK: 'except-signatures', KEYWARD_REGIONS: regions.join(',') },
  })
  callers = new Map(regions.map(region => [region, new TestCaller(keyward, { region })]))
})
after(() => keyward.stop())

let names = 0
const makeReal = (): Real => ({
  url: keyward.url,
  callers,
  parameters: new Map(),
  uniqueName: () => `name-${++names}`,
})

const target = fc.record({ key: fc.nat(59), region: fc.nat(59) })
const anyRegion = fc.nat(regions.length - 1)
const makes = <A extends unknown[], T>(
  made: new (...args: A) => T,
  ...args: { [I in keyof A]: fc.Arbitrary<A[I]> }
) => fc.tuple(...args).map(values => new made(...(values as unknown as A)))

const kind = fc.constantFrom<Kind[]>(
  ...(Object.keys(kinds) as Kind[]),
  'symmetricEverywhere',
  'importedEverywhere',
  'importedEverywhere',
  'importedEverywhere',
)
const material = fc.constantFrom(undefined, undefined, undefined, 0, 1, 2)
const importType = fc.constantFrom(
  undefined,
  undefined,
  'NEW_KEY_MATERIAL' as const,
  'EXISTING_KEY_MATERIAL' as const,
)
const expiryDays = fc.constantFrom(undefined, undefined, undefined, 5, 300)

/** The commands of a sequence. A command that stands here twice occurs twice as often. */
const commands = [
  makes(keys.CreateKey, kind, anyRegion),
  makes(keys.CreateKey, kind, anyRegion),
  makes(keys.PassDays, fc.constantFrom(0, 0, 0, 0, 1, 1, 7, 8, 31, 100)),
  makes(keys.EnableKey, target),
  makes(keys.EnableKey, target),
  makes(keys.DisableKey, target),
  makes(keys.ScheduleKeyDeletion, target, fc.constantFrom(7, 8, 30)),
  makes(keys.CancelKeyDeletion, target),
  makes(keys.EnableKeyRotation, target, fc.constantFrom(90, 91, 200)),
  makes(keys.DisableKeyRotation, target),
  makes(keys.RotateKeyOnDemand, target),
  makes(keys.RotateKeyOnDemand, target),
  makes(keys.LookAtRotation, target),
  makes(ImportMaterial, target, material, importType, expiryDays),
  makes(ImportMaterial, target, material, importType, expiryDays),
  makes(ImportMaterial, target, material, importType, expiryDays),
  makes(ImportMaterial, target, material, importType, expiryDays),
  makes(DeleteMaterial, target, fc.nat(1), fc.boolean()),
  makes(ReplicateKey, target, fc.nat(11)),
  makes(ReplicateKey, target, fc.nat(11)),
  makes(UpdatePrimaryRegion, target, fc.nat(11)),
  makes(ReplicateKey, target, fc.nat(11)),
  makes(UpdatePrimaryRegion, target, fc.nat(11)),
  makes(uses.UseKey, target, fc.constantFrom('Encrypt', 'GenerateMac', 'Sign')),
  makes(uses.UseKey, target, fc.constantFrom('Encrypt', 'Encrypt', 'GenerateMac', 'Sign')),
  makes(uses.GetPublicKey, target),
  makes(uses.Decrypt, fc.nat(50), fc.nat(20)),
  makes(uses.Decrypt, fc.nat(50), fc.nat(20)),
  makes(uses.CreateAlias, target),
  makes(uses.FollowAlias, fc.nat(20), fc.boolean()),
  makes(uses.TagKey, target, fc.constantFrom('a', 'b'), fc.boolean()),
]

/** A sequence begins with a key that can be used, in two Regions if it is a multi-Region key. */
function preludeOf(first: Kind): readonly AsyncCommand<Model, Real>[] {
  const primary = { key: 0, region: 0 }
  const replica = { key: 0, region: 2 }
  const { input } = kinds[first]
  const imports = 'Origin' in input
  const spreads = 'MultiRegion' in input
  return [
    new keys.CreateKey(first, 0),
    ...(imports ? [new ImportMaterial(primary, undefined, undefined, undefined)] : []),
    ...(spreads ? [new ReplicateKey(primary, 0), new keys.PassDays(0)] : []),
    ...(imports && spreads ? [new ImportMaterial(replica, undefined, undefined, undefined)] : []),
  ]
}

test('keys are as the reference says after any operations in any order', async () => {
  const sequences = fc.commands<Model, Real, false>(commands, { maxCommands: 100, size: 'max' })
  const property = fc.asyncProperty(kind, sequences, async (first, sequence) => {
    const [model, real] = [newModel(), makeReal()]
    for (const command of preludeOf(first)) await command.run(model, real)
    await fc.asyncModelRun(() => ({ model, real }), sequence)
  })
  await fc.assert(property, {
    numRuns: 1000,
    interruptAfterTimeLimit: secondsMax * 1000,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  })
})
