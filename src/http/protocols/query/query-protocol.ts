import type { ErrorCode, ServiceError } from '../../../domain/index.ts'
import { isoSecond } from '../../../std/index.ts'
import type { Protocol, RenderedError } from '../protocol.ts'
import { element, renderElement, textElement, type XmlStyle } from './xml.ts'

/** IAM and STS have times to the second. */
const xmlStyle: XmlStyle = { item: 'member', renderTime: isoSecond }

/** Returns the AWS Query protocol with the XML namespace of a service. */
export function queryProtocol(xmlNamespace: string): Protocol {
  return {
    contentType: 'text/xml',
    renderOutput: ({ name, output: shape }, output, requestId) => {
      const hasResult = output !== undefined && shape !== undefined
      const result = hasResult ? renderElement(`${name}Result`, output, shape, xmlStyle) : ''
      const metadata = element('ResponseMetadata', element('RequestId', requestId))
      return `<${name}Response xmlns="${xmlNamespace}">${result}${metadata}</${name}Response>`
    },
    renderError: (error, requestId) => renderQueryError(error, xmlNamespace, requestId),
  }
}

/**
 * The codes and statuses of common errors in the AWS Query protocol (IAM API reference, "Common Errors"). Any other
 * error has its own status, and its name without `Exception` as the code.
 */
const wireErrors: { readonly [C in ErrorCode]?: { readonly code: string; readonly status?: number } } = {
  AccessDeniedException: { code: 'AccessDenied', status: 403 },
  // This error concerns the token of an identity provider, not the session token of the request.
  ExpiredIdentityTokenException: { code: 'ExpiredTokenException' },
  // AWS's model names this code.
  InvalidAuthorizationMessageException: { code: 'InvalidAuthorizationMessageException' },
  ExpiredTokenException: { code: 'ExpiredToken', status: 403 },
  InvalidSignatureException: { code: 'SignatureDoesNotMatch', status: 403 },
  KMSInternalException: { code: 'InternalFailure' },
  LimitExceededException: { code: 'LimitExceeded', status: 409 },
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationToken', status: 403 },
  SerializationException: { code: 'MalformedInput' },
  UnknownOperationException: { code: 'InvalidAction' },
  UnrecognizedClientException: { code: 'InvalidClientTokenId', status: 403 },
  ValidationException: { code: 'ValidationError' },
}

function renderQueryError(error: ServiceError, xmlNamespace: string, requestId: string): RenderedError {
  const wire = wireErrors[error.code]
  const status = wire?.status ?? error.status
  const content =
    element('Type', status >= 500 ? 'Receiver' : 'Sender') +
    element('Code', wire?.code ?? error.code.replace(/Exception$/, '')) +
    textElement('Message', error.text ?? '')
  const body = `<ErrorResponse xmlns="${xmlNamespace}">${element('Error', content)}${element('RequestId', requestId)}</ErrorResponse>`
  return { status, body }
}
