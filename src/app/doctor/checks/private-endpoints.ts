import { join } from 'node:path'
import {
  addressesOf,
  missingGroups,
  unlistedAddresses,
  type Vpc,
  type VpcEndpoint,
} from '../../../domain/index.ts'
import type { Config } from '../../config/config.ts'
import { endpointAddresses, publicEndpointAddresses } from '../../config/listening.ts'
import { networksOf } from '../../config/vpcs/vpc-settings.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import { findServer, readLines } from '../proc-files.ts'
import type { Subject } from '../subject.ts'
import { tryToListen } from './ports.ts'

const shownMax = 5

/** Checks that private endpoints can listen and do, and that the public listener stays away from their addresses. */
export async function checkPrivateEndpoints(subject: Subject): Promise<readonly Finding[]> {
  const { config, isRunning } = subject
  const rows = await subject.rows()
  const reader = 'problem' in rows ? undefined : rows.value.store.reader
  const endpoints = await reader?.vpcEndpoints.listAll()
  if (config.vpcs.length === 0)
    return [
      endpoints?.length
        ? withoutNetworks(endpoints.length)
        : ok('There are no networks for private endpoints.'),
    ]
  const [oldestAccount = ''] = (await reader?.accounts.listIds()) ?? []
  const vpcs = networksOf(config.vpcs, config.accountId ?? oldestAccount).all
  const ofEndpoints = (endpoints ?? []).flatMap(endpoint => judgeEndpoint(endpoint, vpcs))
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

/** The settings that doctor got are hardly those of the server, so that nothing about the endpoints follows from them. */
const withoutNetworks = (count: number): Finding =>
  warn(
    `The setting vpcs is missing, and the database has ${count === 1 ? 'a private endpoint' : `${count} private endpoints`}.`,
    'Run doctor with the settings of the server: with --config, or in its environment.',
  )

/** Returns the problems of an endpoint, by its row and by the networks of the configuration. */
function judgeEndpoint(endpoint: VpcEndpoint, vpcs: readonly Vpc[]): readonly Finding[] {
  const { vpcEndpointId, vpcId, region, accountId, state, lastError } = endpoint
  const vpc = vpcs.find(each => each.vpcId === vpcId && each.region === region)
  if (vpc !== undefined && vpc.accountId !== accountId)
    return [
      fault(
        `The setting vpcs has ${vpcId} for the account ${vpc.accountId}, and ${vpcEndpointId} is of the account ${accountId}, so that it does not listen.`,
        `Set the account of the network to ${accountId} and restart the server.`,
      ),
    ]
  const lost = unlistedAddresses(endpoint, vpc)
  if (lost.length > 0)
    return [
      fault(
        `The setting vpcs does not name ${lost.join(', ')} of ${vpcEndpointId} any more, so that it does not listen there.`,
        'Name the address in its subnet again and restart the server, or remove the subnet from the endpoint.',
      ),
    ]
  const groups = missingGroups(endpoint, vpc)
  if (groups.length > 0)
    return [
      fault(
        `The setting vpcs does not have ${groups.join(', ')} of ${vpcEndpointId} any more, so that it refuses the clients of the security group.`,
        'Name the group in its network again and restart the server, or give the endpoint different groups.',
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
