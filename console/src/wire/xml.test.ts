import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readXml, typedValue } from './xml.ts'

test('an answer of IAM becomes the object of the SDK', () => {
  // AWS IAM API reference, "ListUsers", sample response.
  const text = `<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
 <ListUsersResult>
    <Users>
       <member>
          <UserId>AID2MAB8DPLSRHEXAMPLE</UserId>
          <Path>/division_abc/subdivision_xyz/engineering/</Path>
          <UserName>Juan</UserName>
          <Arn>arn:aws:iam::123456789012:user/division_abc/subdivision_xyz/engineering/Juan</Arn>
          <CreateDate>2012-09-05T19:38:48Z</CreateDate>
       </member>
    </Users>
    <IsTruncated>false</IsTruncated>
 </ListUsersResult>
 <ResponseMetadata><RequestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestId></ResponseMetadata>
</ListUsersResponse>`
  const [result] = readXml(text).children
  assert.ok(result)
  const types = { lists: ['Users'], times: ['CreateDate'], booleans: ['IsTruncated'] }
  assert.deepEqual(typedValue(result, types), {
    Users: [
      {
        UserId: 'AID2MAB8DPLSRHEXAMPLE',
        Path: '/division_abc/subdivision_xyz/engineering/',
        UserName: 'Juan',
        Arn: 'arn:aws:iam::123456789012:user/division_abc/subdivision_xyz/engineering/Juan',
        CreateDate: new Date('2012-09-05T19:38:48Z'),
      },
    ],
    IsTruncated: false,
  })
})

test('an empty list is a list, and characters are read', () => {
  const types = { lists: ['Users'] }
  assert.deepEqual(typedValue(readXml('<A><Users/></A>'), types), { Users: [] })
  assert.deepEqual(typedValue(readXml('<A><Users></Users></A>'), types), { Users: [] })
  const text = '<?xml version="1.0"?><A><B>&lt;b&gt; &amp;amp; &#x1F511;&#233;&quot;&apos;</B></A>'
  assert.deepEqual(typedValue(readXml(text), {}), { B: '<b> &amp; 🔑é"\'' })
})

test('a text that is not an answer is refused', () => {
  for (const text of ['', 'x', '<a>', '<a></b>', '</a>', '<a/><b/>', '<!DOCTYPE a><a/>', '<a b=c/>', '<a'])
    assert.throws(() => readXml(text), text)
})
