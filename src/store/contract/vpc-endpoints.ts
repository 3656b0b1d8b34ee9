import type { Scope, VpcEndpoint } from '../../domain/index.ts'

// The contract for VPC endpoints. Each is read and written whole. An address of the configuration is of one endpoint at most, so there
// are few, and lists have no pages.

export interface VpcEndpointReader {
  find(scope: Scope, vpcEndpointId: string): Promise<VpcEndpoint | undefined>
  /** Finds the endpoint that a request with a client token made. */
  findByClientToken(scope: Scope, token: string): Promise<VpcEndpoint | undefined>
  /** Returns the endpoints of a scope, by id, ascending. */
  list(scope: Scope): Promise<VpcEndpoint[]>
  /** Returns the endpoints of all scopes. */
  listAll(): Promise<VpcEndpoint[]>
}

export interface VpcEndpointWriter extends VpcEndpointReader {
  /** Throws if the scope has an endpoint with this id or this client token. */
  insert(endpoint: VpcEndpoint): Promise<void>
  /** Replaces all of an endpoint, which is known by its scope and id. */
  update(endpoint: VpcEndpoint): Promise<void>
  delete(endpoint: VpcEndpoint): Promise<void>
}
