### Every sentence that a person reads. Both languages hold the same keys; a test sees to it.

## Words: statuses, roles, audiences, durations

## The card and the topic

## What happened: messages in the incident's channel and to persons

## Drafts

## Reports heard in the incidents channel

## Answers to commands and buttons

## Refusals

## Forms

## Help

