/**
 * Returns the name of a service in a Region, in the one form that it has in all partitions (AWS KMS developer guide,
 * "kms:ViaService"). EBS calls under the name of EC2.
 */
export function viaService(service: string, region: string): string {
  const [label = ''] = service.split('.')
  return `${label === 'ebs' ? 'ec2' : label}.${region}.amazonaws.com`
}
