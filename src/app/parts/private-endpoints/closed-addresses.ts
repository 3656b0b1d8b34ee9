import { createServer } from 'node:net'
import type { ClosedAddress } from '../../../domain/index.ts'
import { OperatorError } from '../../../std/index.ts'

/** The state of an endpoint whose address the configuration does not name. */
export const notConfigured = (address: string): ClosedAddress => ({
  address,
  code: 'NotConfigured',
  message: `The configuration does not have the address ${address} in the subnet of the endpoint.`,
})

/** The state of an endpoint with security groups that the configuration does not have in its network. */
export const groupsNotConfigured = (address: string, groupIds: readonly string[]): ClosedAddress => ({
  address,
  code: 'NotConfigured',
  message: `The configuration does not have ${groupIds.join(', ')} in the network of the endpoint, so that ${address} refuses the clients of the security group.`,
})

/** The state of an endpoint whose address the machine does not have. */
export const addressLost = (address: string): ClosedAddress => ({
  address,
  code: 'AddressNotAvailable',
  message: `The machine does not have the address ${address}.`,
})

/** Why a listener could not be opened. Throws the error if it is not about the address. */
export function reasonOf(error: unknown, address: string, port: number): ClosedAddress {
  const { cause } = error as Error
  const code = error instanceof OperatorError ? (cause as NodeJS.ErrnoException | undefined)?.code : undefined
  if (code === 'EADDRNOTAVAIL') return addressLost(address)
  const reason = code === undefined ? undefined : reasons[code]?.(address, port)
  if (reason === undefined) throw error
  return { address, ...reason }
}

/** The code and the text for further errors of the system. */
const reasons: Readonly<
  Record<string, (address: string, port: number) => Pick<ClosedAddress, 'code' | 'message'>>
> = {
  EADDRINUSE: (address, port) => ({
    code: 'AddressInUse',
    message: `Port ${port} on ${address} is in use by another program. Stop that program, or move all endpoints with KEYWARD_VPCE_PORT.`,
  }),
  EACCES: (address, port) => ({
    code: 'PermissionDenied',
    message: `The server may not listen on port ${port} of ${address}. Set KEYWARD_VPCE_PORT to a port above 1023, or give the server CAP_NET_BIND_SERVICE.`,
  }),
}

/** Whether the machine has an address: whether a socket can be bound to it. */
export async function hasAddress(address: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'EADDRNOTAVAIL'))
  server.listen(0, address, 1, () => server.close(() => resolve(true)))
  return await promise
}
