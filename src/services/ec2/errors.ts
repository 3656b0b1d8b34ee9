import { ec2WireError, errorCodes, type ServiceError } from '../../domain/index.ts'

/**
 * Returns an error of the machine in the words of EC2. Denials were recorded from AWS: they have a sentence more, and do not name all
 * resources as the resource.
 */
export function rewordsError(error: ServiceError): ServiceError {
  const { code, text } = error
  if (code === 'AccessDeniedException')
    return error.withText(
      `You are not authorized to perform this operation. ${text?.replace(' on resource: * ', ' ') ?? ''}`.trimEnd(),
    )
  const own = ec2WireError(code).text
  if (own === undefined) return error
  // The operator still sees what is wrong with a signature.
  return error.withText(own, code === 'DryRunOperationException' ? undefined : text)
}

/** The names of errors in records of CloudTrail: those of the wire, with the side that is at fault. */
export const recordedErrorCodes: Readonly<Record<string, string>> = Object.fromEntries(
  errorCodes.map(code => {
    const wire = ec2WireError(code).code
    return [code, wire === 'InternalError' ? `Server.${wire}` : `Client.${wire}`]
  }),
)
