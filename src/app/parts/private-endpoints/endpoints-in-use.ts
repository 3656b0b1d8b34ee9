import { findEndpointService, hostsOf, type VpcEndpoint, vpcArn } from '../../../domain/index.ts'
import type { Endpoint } from '../../../operation/index.ts'
import type { Store } from '../../../store/index.ts'

/** An endpoint of the database as it is now, or as it was last, and what its calls carry. */
export interface EndpointInUse {
  readonly row: VpcEndpoint
  /** The same object until the policy changes. */
  readonly endpoint: Endpoint
}

type Mutable = { -readonly [Name in keyof EndpointInUse]: EndpointInUse[Name] }

/**
 * The endpoints of the database, in memory. A commit that changes one is here before it is answered, so the next request gets the new policy.
 */
export class EndpointsInUse {
  readonly #inUse = new Map<string, Mutable>()
  readonly #listeners = new Set<(row: VpcEndpoint) => void>()

  private constructor() {}

  /** Reads the endpoints, and follows the store from then on. */
  static async open(store: Store): Promise<EndpointsInUse> {
    const endpoints = new EndpointsInUse()
    store.subscribe(change => {
      if (change.type === 'vpcEndpoint') endpoints.#note(change.endpoint, change.isGone)
    })
    const changed = new Set<string>()
    endpoints.onChange(({ vpcEndpointId }) => changed.add(vpcEndpointId))
    for (const row of await store.reader.vpcEndpoints.listAll()) {
      // A change that was committed during the read is newer.
      if (!changed.has(row.vpcEndpointId)) endpoints.#note(row, false)
    }
    endpoints.#listeners.clear()
    return endpoints
  }

  /** Calls `listener` with each endpoint that changed, before the change is answered. One that is gone is not found any more. */
  onChange(listener: (row: VpcEndpoint) => void): void {
    this.#listeners.add(listener)
  }

  /** Finds an endpoint that is not being deleted. */
  find(vpcEndpointId: string): Endpoint | undefined {
    const found = this.#inUse.get(vpcEndpointId)
    return found?.row.state === 'deleting' ? undefined : found?.endpoint
  }

  /** Finds an endpoint in any state. The object is the same as long as the endpoint exists. */
  get(vpcEndpointId: string): EndpointInUse | undefined {
    return this.#inUse.get(vpcEndpointId)
  }

  /** Returns all endpoints. */
  rows(): VpcEndpoint[] {
    return Array.from(this.#inUse.values(), ({ row }) => row)
  }

  #note(row: VpcEndpoint, isGone: boolean): void {
    const { vpcEndpointId } = row
    if (isGone) this.#inUse.delete(vpcEndpointId)
    else {
      const known = this.#inUse.get(vpcEndpointId)
      if (known === undefined) this.#inUse.set(vpcEndpointId, { row, endpoint: endpointOf(row) })
      else {
        if (!areSameForCalls(known.row, row)) known.endpoint = endpointOf(row)
        known.row = row
      }
    }
    for (const listener of this.#listeners) listener(row)
  }
}

/** Whether calls through both states of an endpoint carry the same. */
const areSameForCalls = (a: VpcEndpoint, b: VpcEndpoint) =>
  a.policyDocument === b.policyDocument && hostsOf(a).join() === hostsOf(b).join()

function endpointOf(row: VpcEndpoint): Endpoint {
  const { vpcEndpointId, vpcId, accountId, region, serviceName, policyDocument } = row
  return {
    vpceId: vpcEndpointId,
    vpcId,
    vpcArn: vpcArn(row, vpcId),
    accountId,
    region,
    // Calls through an endpoint of a service that this version does not know reach nothing.
    service: findEndpointService(serviceName, region)?.short ?? '',
    hosts: new Set(hostsOf(row)),
    policy: policyDocument,
  }
}
