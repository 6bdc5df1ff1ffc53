#!/bin/sh
exec soapstream segment pipelines.yaml describe
