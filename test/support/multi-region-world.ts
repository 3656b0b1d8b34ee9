import assert from 'node:assert/strict'
import { TestCaller } from './caller.ts'
import { type KeywardProcess, startKeyward } from './keyward-process.ts'
import { advance } from './time-travel.ts'

// A server of three Regions, whose time can be set forward.

const account = '000000000000'
export const [home, europe, asia] = ['us-east-1', 'eu-west-1', 'ap-southeast-2'] as const
export type Region = typeof home | typeof europe | typeof asia

export const arnIn = (region: Region, id: string) => `arn:aws:kms:${region}:${account}:key/${id}`

export interface MultiRegionWorld {
  readonly keyward: KeywardProcess
  /** The administrator in a Region. */
  at(region: Region): TestCaller
  describe(region: Region, id: string): ReturnType<typeof describeWith>
  /** Long enough for the Creating and Updating states to end. */
  settle(): Promise<number>
}

export async function startMultiRegionWorld(): Promise<MultiRegionWorld> {
  const keyward = await startKeyward({
    environment: { KEYWARD_TEST_CLOCK: 'except-signatures', KEYWARD_REGIONS: `${home},${europe},${asia}` },
  })
  const callerIn = (region: Region) => new TestCaller(keyward, { region })
  const callers = { [home]: callerIn(home), [europe]: callerIn(europe), [asia]: callerIn(asia) }
  return {
    keyward,
    at: region => callers[region],
    describe: (region, id) => describeWith(callers[region], id),
    settle: () => advance(keyward, 30),
  }
}

async function describeWith({ sdk }: TestCaller, id: string) {
  const { KeyMetadata } = await sdk.describeKey({ KeyId: id })
  assert.ok(KeyMetadata !== undefined)
  return KeyMetadata
}
