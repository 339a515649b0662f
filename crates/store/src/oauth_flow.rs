//! oauth_flow
