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

/** Why a listener could not be opened. Throws an error that is not the system's. */
export function reasonOf(error: unknown, address: string, port: number): ClosedAddress {
  const { cause } = error as Error
  const code = error instanceof OperatorError ? (cause as NodeJS.ErrnoException | undefined)?.code : undefined
  if (code === undefined) throw error
  if (isAbsence(code)) return addressLost(address)
  const reason = reasons[code]?.(address, port)
  return { address, ...(reason ?? { code: 'ListenFailed', message: (error as Error).message }) }
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

/** Whether an error of the system says that the machine does not have an address, or none of its version. */
const isAbsence = (code: string | undefined) => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'

/** Whether the machine has an address: whether a socket can be bound to it. */
export async function hasAddress(address: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(!isAbsence(code)))
  server.listen(0, address, 1, () => server.close(() => resolve(true)))
  return await promise
}
