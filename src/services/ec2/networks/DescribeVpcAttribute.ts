import { boolean, type Json, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { invalidValue, named, needed } from '../wire/parameters.ts'
import { dryRunInput, isDryRun } from '../wire/shapes.ts'

/**
 * The attributes of every network. The names of endpoints are the operator's to resolve, so a client may act as if DNS were
 * on, as endpoints with private DNS demand.
 */
const attributes = {
  enableDnsHostnames: true,
  enableDnsSupport: true,
  enableNetworkAddressUsageMetrics: false,
} as const

const attributeType = structure({ value: boolean() })
const isAttribute = (name: string): name is keyof typeof attributes => Object.hasOwn(attributes, name)

/** Describes one attribute of a VPC. */
export const DescribeVpcAttribute = ec2Operation({
  name: 'DescribeVpcAttribute',
  effect: 'read',
  input: structure({ Attribute: string(), VpcId: string(), ...dryRunInput }),
  output: structure({
    vpcId: string(),
    enableDnsHostnames: attributeType,
    enableDnsSupport: attributeType,
    enableNetworkAddressUsageMetrics: attributeType,
  }),
  isDryRun,
  record: { shown: ({ VpcId, Attribute }) => shown({ vpcId: VpcId, attribute: Attribute }) },
  handle({ input, scope, networks }) {
    const attribute = needed(input.Attribute, 'Attribute')
    const vpcId = needed(input.VpcId, 'VpcId')
    named('vpc', [vpcId], networks.list(scope), vpc => vpc.vpcId)
    // The text is not recorded from AWS.
    if (!isAttribute(attribute))
      throw invalidValue(`Value (${attribute}) for parameter attribute is invalid. Unknown attribute.`)
    return { vpcId, [attribute]: { value: attributes[attribute] } }
  },
})

const shown = (members: { readonly [name: string]: string | undefined }): Json =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
