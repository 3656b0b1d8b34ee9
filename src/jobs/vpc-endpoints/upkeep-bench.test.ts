import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { vpcEndpointOf } from '../../../test/fixtures/private-endpoints/sample-endpoints.ts'
import { addressesOf, type ClosedAddress, type EndpointDoors, type VpcEndpoint } from '../../domain/index.ts'
import type { Store } from '../../store/index.ts'
import { home, useBench } from '../bench.test.ts'
import { EndpointUpkeep } from './endpoint-upkeep.ts'

// No tests: a database for the tests of the upkeep, and doors in memory. A test closes their addresses, holds them, and makes them fail.

export const bench = useBench()

/** Doors with addresses that the test closes. */
export class Doors implements EndpointDoors {
  /** The endpoints whose listeners are open, by their ids. */
  readonly open = new Map<string, VpcEndpoint>()
  readonly closedAddresses = new Map<string, ClosedAddress>()
  /** The calls, such as `follow 1`. */
  readonly calls: string[] = []
  /** Runs in each call, before the call does anything. */
  during: (call: string) => Promise<void> | void = () => undefined
  /** The endpoints that a call works on, by their ids. */
  readonly #inside = new Set<string>()

  async follow(endpoint: VpcEndpoint): Promise<readonly ClosedAddress[]> {
    await this.#enter('follow', endpoint)
    this.open.set(endpoint.vpcEndpointId, endpoint)
    return addressesOf(endpoint).flatMap(address => this.closedAddresses.get(address) ?? [])
  }

  async close(endpoint: VpcEndpoint): Promise<void> {
    await this.#enter('close', endpoint)
    this.open.delete(endpoint.vpcEndpointId)
  }

  lose(address: string, code = 'AddressNotAvailable'): void {
    this.closedAddresses.set(address, { address, code, message: `${address} has ${code}.` })
  }

  async #enter(call: string, { vpcEndpointId }: VpcEndpoint): Promise<void> {
    const name = `${call} ${vpcEndpointId.at(-1)}`
    this.calls.push(name)
    assert.ok(!this.#inside.has(vpcEndpointId), 'two runs at once')
    this.#inside.add(vpcEndpointId)
    try {
      await this.during(name)
    } finally {
      this.#inside.delete(vpcEndpointId)
    }
  }
}

/** An upkeep on the database of the bench; it closes when the test ends. */
export function newUpkeep(t: TestContext, store: Store = bench.store) {
  const doors = new Doors()
  const faults: string[] = []
  const onFault = (error: unknown) => faults.push((error as Error).message)
  const outcomes: string[] = []
  const upkeep = new EndpointUpkeep({
    ...{ store, doors, onFault },
    onOutcome: ({ vpcEndpointId, state }, closed) =>
      outcomes.push([vpcEndpointId.at(-1), state, closed?.address, closed?.code].join(' ').trim()),
  })
  t.after(() => upkeep.close())
  return { doors, faults, outcomes, upkeep }
}

export const made = (number: number, changes: Partial<VpcEndpoint> = {}) =>
  vpcEndpointOf(home, number, { state: 'pending', lastError: undefined, ...changes })

export const insert = (...endpoints: readonly VpcEndpoint[]) =>
  bench.store.write(async ({ vpcEndpoints }) => {
    for (const endpoint of endpoints) await vpcEndpoints.insert(endpoint)
  })

export const update = (endpoint: VpcEndpoint) =>
  bench.store.write(({ vpcEndpoints }) => vpcEndpoints.update(endpoint))

export const stored = (number: number) =>
  bench.store.reader.vpcEndpoints.find(home, made(number).vpcEndpointId)

/** The state of an endpoint and the code of its error. */
export async function stateOf(number: number): Promise<string> {
  const { state = 'gone', lastError } = (await stored(number)) ?? {}
  return lastError === undefined ? state : `${state} ${lastError.code}`
}

/** Waits until a value is as expected. It needs no timer, because tests hold the timers. */
export async function becomes<T>(read: () => T | Promise<T>, expected: T): Promise<void> {
  let value = await read()
  for (let turns = 0; turns < 5000 && value !== expected; turns++) {
    await new Promise(resolve => setImmediate(resolve))
    value = await read()
  }
  assert.equal(value, expected)
}

/** Waits until everything that waits for nothing has ended. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await new Promise(resolve => setImmediate(resolve))
}

/** A promise that the test resolves. */
export function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, open: resolve }
}

export const holdTimers = (t: TestContext) => t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
