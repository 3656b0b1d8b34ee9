import type { ServiceCall } from '../caller.ts'

/**
 * The name of a service in a region, in the one form it has in all partitions (AWS KMS developer guide,
 * "kms:ViaService"). EBS goes by the name of EC2 there.
 */
export function viaService({ name }: Pick<ServiceCall, 'name'>, region: string): string {
  const [label = ''] = name.split('.')
  return `${label === 'ebs' ? 'ec2' : label}.${region}.amazonaws.com`
}
