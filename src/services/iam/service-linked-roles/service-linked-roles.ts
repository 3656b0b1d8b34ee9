import { ServiceError } from '../../../domain/index.ts'

/** The path of the roles that belong to services. */
export const servicePath = '/aws-service-role/'

interface LinkedRole {
  readonly roleName: string
  /** Whether an account may have several such roles, with different suffixes. */
  readonly takesSuffix?: boolean
  /** The name of the policy that AWS attaches to the role. */
  readonly policyName?: string
}

/**
 * The services that use KMS keys and have a service-linked role (guides of the services, "Using service-linked roles").
 */
const linkedRoles: Readonly<Record<string, LinkedRole>> = {
  'autoscaling.amazonaws.com': {
    roleName: 'AWSServiceRoleForAutoScaling',
    takesSuffix: true,
    policyName: 'AutoScalingServiceRolePolicy',
  },
  'cks.kms.amazonaws.com': {
    roleName: 'AWSServiceRoleForKeyManagementServiceCustomKeyStores',
    policyName: 'AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy',
  },
  'ecs.amazonaws.com': { roleName: 'AWSServiceRoleForECS', policyName: 'AmazonECSServiceRolePolicy' },
  'elasticache.amazonaws.com': {
    roleName: 'AWSServiceRoleForElastiCache',
    policyName: 'ElastiCacheServiceRolePolicy',
  },
  'mrk.kms.amazonaws.com': {
    roleName: 'AWSServiceRoleForKeyManagementServiceMultiRegionKeys',
    policyName: 'AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy',
  },
  'rds.amazonaws.com': { roleName: 'AWSServiceRoleForRDS', policyName: 'AmazonRDSServiceRolePolicy' },
  'spot.amazonaws.com': { roleName: 'AWSServiceRoleForEC2Spot', policyName: 'AWSEC2SpotServiceRolePolicy' },
}

const invalidInput = (text: string) => new ServiceError('InvalidInputException', text)

/** The facts of a service-linked role that its service determines. */
export interface NewLinkedRole {
  readonly roleName: string
  readonly path: string
  readonly trustPolicy: string
  readonly policyArn: string | undefined
}

/** Returns the service-linked role of a service. Throws InvalidInputException. */
export function linkedRoleOf(service: string, suffix: string | undefined): NewLinkedRole {
  const linked = Object.hasOwn(linkedRoles, service) ? linkedRoles[service] : undefined
  if (linked === undefined) throw invalidInput(`The service ${service} has no service-linked role here.`)
  if (suffix !== undefined && linked.takesSuffix !== true) {
    // Recorded from AWS.
    throw invalidInput(`Custom suffix is not allowed for ${service}`)
  }
  // The lists and the order of the members are those of AWS (AWS CLI reference, "create-service-linked-role").
  const statement = { Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }
  const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  return {
    roleName: suffix === undefined ? linked.roleName : `${linked.roleName}_${suffix}`,
    path: `${servicePath}${service}/`,
    trustPolicy,
    policyArn:
      linked.policyName === undefined
        ? undefined
        : `arn:aws:iam::aws:policy${servicePath}${linked.policyName}`,
  }
}

/** Throws InvalidInputException for a path that only roles of services have. */
export function checkNotForServices(path: string | undefined): void {
  if (path?.startsWith(servicePath) === true) {
    throw invalidInput(`Paths that begin with ${servicePath} are for service-linked roles.`)
  }
}

/** Reads the ID that DeleteServiceLinkedRole returns: `task/aws-service-role/SERVICE/ROLE/UUID`. */
export function readDeletionTaskId(taskId: string): { readonly roleName: string } | undefined {
  const [, roleName] =
    /^task\/aws-service-role\/[a-z0-9.-]+\/([\w+=,.@-]{1,64})\/[0-9a-f-]{36}$/.exec(taskId) ?? []
  return roleName === undefined ? undefined : { roleName }
}
