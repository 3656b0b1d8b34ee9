import type { VpcEndpoint } from './vpc-endpoint.ts'

/** An address that an endpoint should accept at, and cannot. */
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
   * that cannot be opened, or that the machine does not have any more.
   */
  follow(endpoint: VpcEndpoint): Promise<readonly ClosedAddress[]>
  /** Closes the listeners of an endpoint. Resolves when none accepts any more. */
  close(endpoint: VpcEndpoint): Promise<void>
}
