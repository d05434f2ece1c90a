"""The two functions of the provider's Python guide; only where they send to is taken from the environment.

Reads a list of [function, argument, ...] from standard input and makes the calls in order.
"""
import json
import os
import sys
import requests

IDENTIFY_API_URL = f"{os.environ['EVENT_TRACKING_BASE_URL']}/customer/test"
TRACKING_API_URL = f"{os.environ['EVENT_TRACKING_BASE_URL']}/events/test"


def identify_customer(customer_id: str, name: str, email: str, properties: dict):
    body = {
        'customer_id': customer_id,
        'name': name,
        'email': email,
        'properties': properties
    }

    headers = {
        'Content-Type': 'application/json',
        'Authorization': f"Bearer {os.environ.get('EVENT_TRACKING_AUTH_TOKEN')}"
    }

    response = requests.post(IDENTIFY_API_URL, json=body, headers=headers)

    if response.status_code == 200:
        print(f"Customer identified successfully: {response.json()}")
    else:
        raise Exception(f"Failed to identify customer: {response.status_code} - {response.text}")


def track_event(customer_id: str, event_name: str):
    body = {
        'customer_id': customer_id,
        'event': event_name
    }

    headers = {
        'Content-Type': 'application/json',
        'Authorization': f"Bearer {os.environ.get('EVENT_TRACKING_AUTH_TOKEN')}"
    }

    response = requests.post(TRACKING_API_URL, json=body, headers=headers)

    if response.status_code == 200:
        print(f"Event tracked successfully: {response.json()}")
    else:
        raise Exception(f"Failed to track event: {response.status_code} - {response.text}")


functions = {'identify_customer': identify_customer, 'track_event': track_event}
for name, *arguments in json.load(sys.stdin):
    functions[name](*arguments)
