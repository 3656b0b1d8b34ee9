import { ec2WireError, type ServiceError } from '../../../domain/index.ts'
import type { AnyShape } from '../../../std/index.ts'
import type { Protocol, RenderedError } from '../protocol.ts'
import { type FormParameters, nestParameters } from './form.ts'
import { readForm } from './form-input.ts'
import { element, renderContent, textElement, type XmlStyle } from './xml.ts'

const xmlStyle: XmlStyle = { item: 'item', renderTime: millis => new Date(millis).toISOString() }

/** Returns the EC2 query protocol (Smithy, "AWS EC2 query protocol") with an XML namespace. */
export function ec2Protocol(xmlNamespace: string): Protocol {
  return {
    contentType: 'text/xml;charset=UTF-8',
    renderOutput: ({ name, output: shape }, output, requestId) => {
      const members =
        output === undefined || shape === undefined ? '' : renderContent(output, shape, xmlStyle)
      return `<${name}Response xmlns="${xmlNamespace}">${element('requestId', requestId)}${members}</${name}Response>`
    },
    renderError: renderEc2Error,
  }
}

/** In errors the name of the request's id has a capital, and no element has a namespace. */
function renderEc2Error(error: ServiceError, requestId: string): RenderedError {
  const { code, status = error.status } = ec2WireError(error.code)
  const content = element('Code', code) + textElement('Message', error.text ?? '')
  const errors = element('Errors', element('Error', content))
  return { status, body: `<Response>${errors}${element('RequestID', requestId)}</Response>` }
}

/**
 * Reads the input of an operation. Throws SerializationProblem, and a ServiceError with the code UnknownParameter or
 * InvalidQueryParameterException.
 */
export function readEc2Input(input: AnyShape, parameters: FormParameters): unknown {
  const ofOperation = [...parameters].filter(([name]) => !isOfProtocol(name))
  return readForm(input, nestParameters(new Map(ofOperation)), 'ec2')
}

/** The parameters that name the operation, and those of a signature in a URL (AWS General Reference, "Signature Version 4"). */
const isOfProtocol = (name: string) => name === 'Action' || name === 'Version' || name.startsWith('X-Amz-')
