// A template brought up, used and taken down with the AWS SDK for JavaScript, as its documentation has it.
import assert from "node:assert/strict";
import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStacksCommand,
  waitUntilStackCreateComplete, waitUntilStackDeleteComplete,
} from "@aws-sdk/client-cloudformation";
import { CodePipelineClient, GetPipelineStateCommand } from "@aws-sdk/client-codepipeline";
import { CreateClusterCommand, DescribeClustersCommand, ECSClient } from "@aws-sdk/client-ecs";
import { DescribeTargetGroupsCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const template = {
  Resources: {
    Files: { Type: "AWS::S3::Bucket" },
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
        },
      },
    },
    Greeter: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Runtime: "nodejs20.x",
        Handler: "index.handler",
        Role: { "Fn::GetAtt": ["Role", "Arn"] },
        Code: { ZipFile: "exports.handler = async (event) => ({ greeting: `Hello ${event.name}` });" },
      },
    },
  },
  Outputs: { Bucket: { Value: { Ref: "Files" } }, Greeter: { Value: { Ref: "Greeter" } } },
};

const StackName = "from-javascript";
const cloudformation = new CloudFormationClient({});
const patience = { client: cloudformation, maxWaitTime: 60, minDelay: 1, maxDelay: 2 };
const identity = await new STSClient({}).send(new GetCallerIdentityCommand({}));
assert.match(identity.Account, /^\d{12}$/);

await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), Capabilities: ["CAPABILITY_IAM"] }));
await waitUntilStackCreateComplete(patience, { StackName });
const { Stacks: [stack] } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
const { Bucket, Greeter } = Object.fromEntries(stack.Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));

const s3 = new S3Client({ forcePathStyle: true });
await s3.send(new PutObjectCommand({ Bucket, Key: "a b/ü.txt", Body: "text" }));
const found = await s3.send(new GetObjectCommand({ Bucket, Key: "a b/ü.txt" }));
assert.equal(await found.Body.transformToString(), "text");

const answer = await new LambdaClient({}).send(new InvokeCommand({ FunctionName: Greeter, Payload: JSON.stringify({ name: "you" }) }));
assert.deepEqual(JSON.parse(Buffer.from(answer.Payload).toString()), { greeting: "Hello you" });

const ecs = new ECSClient({});
await ecs.send(new CreateClusterCommand({ clusterName: "js" }));
const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: ["js"] }));
assert.equal(clusters[0].status, "ACTIVE");

// Errors arrive as errors of their service, in each of its protocols.
await assert.rejects(new CodePipelineClient({}).send(new GetPipelineStateCommand({ name: "none" })), { name: "PipelineNotFoundException" });
await assert.rejects(new ElasticLoadBalancingV2Client({}).send(new DescribeTargetGroupsCommand({ Names: ["none"] })), { name: "TargetGroupNotFoundException" });
await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: "none" })), { name: "NoSuchKey" });

await s3.send(new DeleteObjectCommand({ Bucket, Key: "a b/ü.txt" }));
await cloudformation.send(new DeleteStackCommand({ StackName }));
await waitUntilStackDeleteComplete(patience, { StackName });
console.log("done");
