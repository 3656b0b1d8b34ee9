import type { VpcEndpoint } from './vpc-endpoint.ts'

/** An address that an endpoint should accept at, and cannot, or not for the clients of each security group. */
export interface ClosedAddress {
  readonly address: string
  /** The code and the text of `lastError`. */
  readonly code: string
  readonly message: string
}

/** The listeners of the endpoints. */
export interface EndpointDoors {
  /**
   * Opens the listeners that an endpoint should have and does not, and closes those that it should not have. Resolves with the addresses
   * that cannot be opened, that the machine does not have any more, or that lack a security group.
   */
  follow(endpoint: VpcEndpoint): Promise<readonly ClosedAddress[]>
  /** Closes the listeners of an endpoint. Resolves when none accepts any more. */
  close(endpoint: VpcEndpoint): Promise<void>
}
