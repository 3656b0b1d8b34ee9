import { type EndpointInterface, type VpcEndpoint, vpcEndpointArn } from '../../../domain/index.ts'
import { parseJson } from '../../../std/index.ts'
import type { EntityRows } from '../authenticity/macs.ts'
import { fromTags, toTags } from '../identities/rows.ts'

export interface VpcEndpointRow {
  account_id: string
  region: string
  vpc_endpoint_id: string
  vpc_id: string
  service_name: string
  state: VpcEndpoint['state']
  policy_document: string
  is_private_dns_enabled: number
  ip_address_type: VpcEndpoint['ipAddressType']
  dns_record_ip_type: VpcEndpoint['dnsRecordIpType']
  /** JSON: a list of ids. */
  security_group_ids: string
  /** JSON: a list of objects; an address that an interface lacks is absent. */
  interfaces: string
  dns_label: string
  created_at: number
  /** JSON: pairs. */
  tags: string
  client_token: string | null
  client_token_digest: string | null
  /** JSON: the code and the message. */
  last_error: string | null
}

/** Throws Error for damaged rows. */
function toVpcEndpoint(row: VpcEndpointRow): VpcEndpoint {
  return {
    accountId: row.account_id,
    region: row.region,
    vpcEndpointId: row.vpc_endpoint_id,
    vpcId: row.vpc_id,
    serviceName: row.service_name,
    state: row.state,
    policyDocument: row.policy_document,
    isPrivateDnsEnabled: row.is_private_dns_enabled === 1,
    ipAddressType: row.ip_address_type,
    dnsRecordIpType: row.dns_record_ip_type,
    securityGroupIds: parseJson(row.security_group_ids) as string[],
    interfaces: toInterfaces(row.interfaces),
    dnsLabel: row.dns_label,
    createdAt: row.created_at,
    tags: toTags(row.tags),
    clientToken: toClientToken(row),
    lastError: row.last_error === null ? undefined : (parseJson(row.last_error) as VpcEndpoint['lastError']),
  }
}

const toInterfaces = (json: string) =>
  (parseJson(json) as EndpointInterface[]).map(stored => ({
    ...stored,
    ipv4: stored.ipv4,
    ipv6: stored.ipv6,
  }))

/** Throws Error for a digest without a token, which no MAC would cover. */
function toClientToken(row: VpcEndpointRow): VpcEndpoint['clientToken'] {
  const { client_token: token, client_token_digest: digest } = row
  if (token !== null && digest !== null) return { token, digest }
  if (token === null && digest === null) return undefined
  throw new Error(`the row of the VPC endpoint ${row.vpc_endpoint_id} has half a client token`)
}

export function fromVpcEndpoint(endpoint: VpcEndpoint): VpcEndpointRow {
  return {
    account_id: endpoint.accountId,
    region: endpoint.region,
    vpc_endpoint_id: endpoint.vpcEndpointId,
    vpc_id: endpoint.vpcId,
    service_name: endpoint.serviceName,
    state: endpoint.state,
    policy_document: endpoint.policyDocument,
    is_private_dns_enabled: endpoint.isPrivateDnsEnabled ? 1 : 0,
    ip_address_type: endpoint.ipAddressType,
    dns_record_ip_type: endpoint.dnsRecordIpType,
    security_group_ids: JSON.stringify(endpoint.securityGroupIds),
    interfaces: JSON.stringify(endpoint.interfaces),
    dns_label: endpoint.dnsLabel,
    created_at: endpoint.createdAt,
    tags: fromTags(endpoint.tags),
    client_token: endpoint.clientToken?.token ?? null,
    client_token_digest: endpoint.clientToken?.digest ?? null,
    last_error: endpoint.lastError === undefined ? null : JSON.stringify(endpoint.lastError),
  }
}

export const vpcEndpointRows: EntityRows<VpcEndpointRow, VpcEndpoint> = {
  toEntity: toVpcEndpoint,
  toAuthentic: row => ({
    kind: 'VPC endpoint',
    domain: row.region,
    name: vpcEndpointArn({ accountId: row.account_id, region: row.region }, row.vpc_endpoint_id),
    content: () => toVpcEndpoint(row),
  }),
}
