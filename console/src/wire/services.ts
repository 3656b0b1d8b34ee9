/** A service of the server, and how its calls look on the wire. */
export interface ServiceOnWire {
  /** The name in the credential scope of Signature Version 4. */
  readonly signingName: string
  readonly protocol: 'json' | 'query' | 'ec2'
  /** JSON 1.1: the first part of `X-Amz-Target`. AWS Query and EC2 Query: the parameter `Version`. */
  readonly prefixOrVersion: string
  /** The Region of every call, for services that have one place. */
  readonly region?: string
}

export const services = {
  kms: { signingName: 'kms', protocol: 'json', prefixOrVersion: 'TrentService' },
  cloudtrail: { signingName: 'cloudtrail', protocol: 'json', prefixOrVersion: 'CloudTrail_20131101' },
  keyward: { signingName: 'keyward', protocol: 'json', prefixOrVersion: 'Keyward' },
  ec2: { signingName: 'ec2', protocol: 'ec2', prefixOrVersion: '2016-11-15' },
  iam: { signingName: 'iam', protocol: 'query', prefixOrVersion: '2010-05-08', region: 'us-east-1' },
  sts: { signingName: 'sts', protocol: 'query', prefixOrVersion: '2011-06-15' },
} as const satisfies Record<string, ServiceOnWire>

export type ServiceName = keyof typeof services
