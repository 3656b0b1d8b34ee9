import type { ResourceQuestion } from '../../../operation/index.ts'
import { type Infer, list, required, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { needed, noSuch } from '../wire/parameters.ts'
import { dryRunInput, isDryRun } from '../wire/shapes.ts'
import { requestRecord, responseRecord } from '../wire/xml-records.ts'
import { onEndpoint } from './endpoint-access.ts'
import { idsType } from './endpoint-options.ts'

const inputType = structure({ ...dryRunInput, VpcEndpointId: idsType })
const output = structure({
  unsuccessful: required(
    list(
      structure({
        error: required(structure({ code: required(string()), message: required(string()) })),
        resourceId: required(string()),
      }),
    ),
  ),
})

/** Deletes VPC endpoints. They are `deleting` until nothing accepts for them any more. */
export const DeleteVpcEndpoints = ec2Operation({
  name: 'DeleteVpcEndpoints',
  effect: 'write',
  input: inputType,
  output,
  isDryRun,
  touches: { given: onGiven },
  record: { shown: input => requestRecord('DeleteVpcEndpoints', inputType.encode(input)) },
  disclose: result => ({ responseElements: responseRecord('DeleteVpcEndpoints', output.encode(result)) }),
  async handle({ given, store }) {
    const unsuccessful = []
    for (const { vpcEndpointId, endpoint } of given) {
      if (endpoint === undefined) unsuccessful.push(missing(vpcEndpointId))
      else if (endpoint.state !== 'deleting')
        await store.vpcEndpoints.update({ ...endpoint, state: 'deleting', lastError: undefined })
    }
    return { unsuccessful }
  },
})

/** Finds the endpoints, each once. */
async function onGiven({ input, scope, store }: ResourceQuestion<Infer<typeof inputType>>) {
  const ids = new Set(needed(input.VpcEndpointId, 'VpcEndpointId'))
  const found = []
  for (const vpcEndpointId of ids)
    found.push({ vpcEndpointId, endpoint: await store.vpcEndpoints.find(scope, vpcEndpointId) })
  return {
    resources: found.map(({ vpcEndpointId, endpoint }) => onEndpoint(scope, vpcEndpointId, endpoint)),
    found,
  }
}

/** The code is that of the list of error codes (Amazon EC2 API reference). The text is assumed to be that of DescribeVpcEndpoints. */
const missing = (vpcEndpointId: string) => ({
  error: { code: 'InvalidVpcEndpoint.NotFound', message: noSuch('vpce', vpcEndpointId).text ?? '' },
  resourceId: vpcEndpointId,
})
