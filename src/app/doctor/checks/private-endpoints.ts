import { join } from 'node:path'
import { addressesOf, type VpcEndpoint } from '../../../domain/index.ts'
import type { Config } from '../../config/config.ts'
import { endpointAddresses, publicEndpointAddresses } from '../../config/listening.ts'
import type { VpcSetting } from '../../config/vpcs/vpc-settings.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import { findServer, readLines } from '../proc-files.ts'
import type { Subject } from '../subject.ts'
import { tryToListen } from './ports.ts'

const shownMax = 5

/** Checks that private endpoints can listen and do, and that the public listener stays away from their addresses. */
export async function checkPrivateEndpoints(subject: Subject): Promise<readonly Finding[]> {
  const { config, isRunning } = subject
  const rows = await subject.rows()
  const endpoints = 'problem' in rows ? undefined : await rows.value.store.reader.vpcEndpoints.listAll()
  if (config.vpcs.length === 0 && (endpoints ?? []).length === 0)
    return [ok('There are no networks for private endpoints.')]
  const ofEndpoints = (endpoints ?? []).flatMap(endpoint => judgeEndpoint(endpoint, config.vpcs))
  const more = ofEndpoints.length - shownMax
  const pid = isRunning ? findServer(subject) : 'self'
  const problems = [
    ...judgeListener(config),
    ...(pid === undefined ? [] : judgePrivilege('/proc', pid, config.vpcePort)),
    ...(await findClosed(subject, new Set(endpoints?.flatMap(addressesOf)))),
    ...ofEndpoints.slice(0, shownMax),
    ...(more > 0 ? [fault(`There are ${more} more problems of private endpoints.`, waits)] : []),
  ]
  if (endpoints === undefined)
    return [...problems, ok('Private endpoints were not checked: the rows of the database cannot be read.')]
  return problems.length > 0 ? problems : [ok(countStates(endpoints))]
}

const waits = 'The server opens an endpoint by itself when the cause is gone.'

/** Returns the problems of an endpoint, by its row and by the networks of the configuration. */
export function judgeEndpoint(endpoint: VpcEndpoint, vpcs: readonly VpcSetting[]): readonly Finding[] {
  const { vpcEndpointId, vpcId, region, accountId, interfaces, state, lastError } = endpoint
  // The account of a network that names none is that of the data directory.
  const vpc = vpcs.find(each => each.vpcId === vpcId && each.region === region)
  const isOwn = (vpc?.accountId ?? accountId) === accountId
  const lost = interfaces.flatMap(each => {
    const listed = isOwn ? vpc?.subnets.find(({ subnetId }) => subnetId === each.subnetId)?.addresses : []
    return [each.ipv4, each.ipv6].filter(
      address => address !== undefined && listed?.includes(address) !== true,
    )
  })
  if (lost.length > 0)
    return [
      fault(
        `The setting vpcs does not name ${lost.join(', ')} of ${vpcEndpointId} any more, so that it does not listen there.`,
        'Name the address in its subnet again and restart the server, or remove the subnet from the endpoint.',
      ),
    ]
  return state === 'failed' ? [fault(`${vpcEndpointId} has failed: ${lastError?.message ?? ''}`, waits)] : []
}

function countStates(endpoints: readonly VpcEndpoint[]): string {
  if (endpoints.length === 0) return 'There are no private endpoints, and each address is ready for one.'
  const byState = Map.groupBy(endpoints, ({ state }) => state)
  return `Private endpoints: ${Array.from(byState, ([state, { length }]) => `${length} ${state}`).join(', ')}.`
}

function judgeListener(config: Config): readonly Finding[] {
  const shared = publicEndpointAddresses(config)
  return shared.length === 0
    ? []
    : [
        warn(
          `The public listener on ${config.host} accepts at ${listed(shared)}, too: nothing there is held to the policy and the security groups of an endpoint.`,
          'Set KEYWARD_HOST to a different address, or KEYWARD_PORT and KEYWARD_TLS_PORT to off.',
        ),
      ]
}

/** CAP_NET_BIND_SERVICE of capabilities(7). */
const bindCapability = 1n << 10n

/** Judges by the files below `proc` whether a process may open a port (ip(7), `ip_unprivileged_port_start`). */
export function judgePrivilege(proc: string, pid: number | 'self', port: number): readonly Finding[] {
  const [first = '1024'] = readLines(join(proc, 'sys/net/ipv4/ip_unprivileged_port_start'))
  const line = readLines(join(proc, `${pid}/status`)).find(each => each.startsWith('CapEff:'))
  const [, effective] = /^CapEff:\s+([\da-f]+)$/.exec(line ?? '') ?? []
  if (port >= Number(first) || effective === undefined) return []
  if ((BigInt(`0x${effective}`) & bindCapability) !== 0n) return []
  return [
    warn(
      `${pid === 'self' ? 'This user' : 'The server'} lacks the privilege (CAP_NET_BIND_SERVICE) for port ${port} of private endpoints.`,
      `Give it to the server (AmbientCapabilities in its systemd unit), or set KEYWARD_VPCE_PORT to ${first} or more.`,
    ),
  ]
}

/** Finds addresses that cannot be opened. A running server has the port itself, so that only the address is tried beside it. */
async function findClosed({ config, isRunning }: Subject, used: ReadonlySet<string>): Promise<Finding[]> {
  const port = isRunning ? 0 : config.vpcePort
  const missing: string[] = []
  const taken: string[] = []
  for (const host of endpointAddresses(config.vpcs)) {
    const code = (await tryToListen({ host, port }))?.code
    if (code === 'EADDRINUSE') taken.push(host)
    // A missing privilege is judged once.
    else if (code !== undefined && code !== 'EACCES') missing.push(host)
  }
  const levelOf = (addresses: string[]) => (addresses.some(address => used.has(address)) ? fault : warn)
  const isMissing = `This machine does not have ${listed(missing)}, which the setting vpcs names.`
  return [
    ...(missing.length === 0
      ? []
      : [
          levelOf(missing)(
            isMissing,
            'Give the address to a network interface, or take it out of the setting.',
          ),
        ]),
    ...(taken.length === 0
      ? []
      : [
          levelOf(taken)(
            `Port ${port} of ${listed(taken)} is in use by another program.`,
            'Stop that program, or set KEYWARD_VPCE_PORT to a different one.',
          ),
        ]),
  ]
}

function listed(addresses: readonly string[]): string {
  const more = addresses.length - shownMax
  return `${addresses.slice(0, shownMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
