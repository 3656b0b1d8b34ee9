import { ServiceError } from '../../../domain/index.ts'

/** An error for a parameter that does not go with the others, or with the endpoint. */
export const invalidParameter = (text: string) => new ServiceError('InvalidParameter', text)

/** The error for a service that cannot be reached by endpoints (text recorded from AWS). */
export const noSuchService = (serviceName: string) =>
  new ServiceError('InvalidServiceName', `The Vpc Endpoint Service '${serviceName}' does not exist`)
