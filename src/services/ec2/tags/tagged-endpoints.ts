import { isEc2Id, type Scope, ServiceError, type VpcEndpoint } from '../../../domain/index.ts'
import type { Conditions, ResourceRequirement } from '../../../operation/index.ts'
import type { Reader } from '../../../store/index.ts'
import { onEndpoint } from '../vpc-endpoints/endpoint-access.ts'
import { invalidValue, needed, noSuch } from '../wire/parameters.ts'

/** Amazon EC2 API reference, "CreateTags". */
const resourcesMax = 1000

/** An endpoint whose tags a request changes. */
export interface TaggedEndpoint {
  readonly vpcEndpointId: string
  /** Undefined if there is none, or if it is being deleted. */
  readonly endpoint: VpcEndpoint | undefined
}

/**
 * Finds the endpoints that a request tags, each once. Throws MissingParameter, InvalidParameterValue, InvalidVpcEndpointId.Malformed, or
 * InvalidID for other resources, which have no tags here. The texts are not recorded from AWS.
 */
export async function taggedEndpoints(
  { scope, store }: { readonly scope: Scope; readonly store: Reader },
  ids: readonly string[] | undefined,
  conditionsOf: (endpoint: VpcEndpoint | undefined) => Conditions,
): Promise<{
  readonly resources: readonly ResourceRequirement[]
  readonly found: readonly TaggedEndpoint[]
}> {
  const given = new Set(needed(ids, 'ResourceId'))
  if (given.size > resourcesMax) throw invalidValue(`A request can name at most ${resourcesMax} resources.`)
  for (const id of given) {
    if (!id.startsWith('vpce-')) throw notTaggable(id)
  }
  const found: TaggedEndpoint[] = []
  const resources: ResourceRequirement[] = []
  for (const vpcEndpointId of given) {
    const stored = await store.vpcEndpoints.find(scope, vpcEndpointId)
    const endpoint = stored?.state === 'deleting' ? undefined : stored
    resources.push(onEndpoint(scope, vpcEndpointId, endpoint, conditionsOf(endpoint)))
    found.push({ vpcEndpointId, endpoint })
  }
  return { resources, found }
}

/** The text is the same whether or not the network exists, because the caller's permission is not checked yet. */
function notTaggable(id: string): ServiceError {
  const isOfNetwork = (['vpc', 'subnet', 'sg'] as const).some(kind => isEc2Id(kind, id))
  const why = isOfNetwork
    ? ' here: VPCs, subnets and security groups are in the configuration of the server and cannot be tagged. Only VPC endpoints can.'
    : ''
  return new ServiceError('InvalidID', `The ID '${id}' is not valid${why}`)
}

/** Returns the endpoint of a caller who may tag it. Throws InvalidVpcEndpointId.NotFound. */
export function existing({ vpcEndpointId, endpoint }: TaggedEndpoint): VpcEndpoint {
  if (endpoint === undefined) throw noSuch('vpce', vpcEndpointId)
  return endpoint
}
