//! The socket options that JS may name, and what values they take.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// On or off.
    Switch,
    /// A number that is not negative.
    Number,
    /// A name.
    Text,
    /// Seconds, or off.
    Linger,
}

/// A value, as it is set and as the kernel says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptionValue {
    /// Of a [`Kind::Switch`].
    Switch(bool),
    /// Of a [`Kind::Number`].
    Number(u32),
    /// Of a [`Kind::Text`].
    Text(String),
    /// Of a [`Kind::Linger`].
    Linger(Option<u32>),
}

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident $text:literal $kind:ident,)*) => {
        /// A socket option.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum SocketOption {
            $($(#[$doc])* $name,)*
        }

        impl SocketOption {
            /// All of them.
            pub const ALL: &'static [SocketOption] = &[$(SocketOption::$name,)*];

            /// The one that JS calls so.
            pub fn from_name(name: &str) -> Option<SocketOption> {
                Some(match name {
                    $($text => SocketOption::$name,)*
                    _ => return None,
                })
            }

            /// What its values are.
            pub fn kind(self) -> Kind {
                match self {
                    $(SocketOption::$name => Kind::$kind,)*
                }
            }
        }
    };
}

options! {
    /// `SO_BINDTODEVICE`: the interface that it uses, by name; none if empty.
    BindToDevice "bindToDevice" Text,
    /// `TCP_CONGESTION`: the algorithm by name.
    CongestionControl "congestionControl" Text,
    /// `TCP_FASTOPEN_CONNECT`: the SYN waits for the first bytes and takes them along.
    FastOpen "fastOpen" Switch,
    /// `TCP_FASTOPEN`: how many connections of a listener may bring bytes with their SYN at a time.
    FastOpenQueue "fastOpenQueue" Number,
    /// `IP_FREEBIND`: binds to addresses that the machine does not have.
    Freebind "freebind" Switch,
    /// `SO_KEEPALIVE`.
    KeepAlive "keepAlive" Switch,
    /// `TCP_KEEPCNT`.
    KeepAliveCount "keepAliveCount" Number,
    /// `TCP_KEEPIDLE`, in seconds.
    KeepAliveInitialDelay "keepAliveInitialDelay" Number,
    /// `TCP_KEEPINTVL`, in seconds.
    KeepAliveInterval "keepAliveInterval" Number,
    /// `SO_LINGER`.
    Linger "linger" Linger,
    /// `SO_MARK`.
    Mark "mark" Number,
    /// `TCP_MAXSEG`.
    MaxSegmentSize "maxSegmentSize" Number,
    /// Whether it is a connection of Multipath TCP; chosen by socket(2) alone.
    Mptcp "mptcp" Switch,
    /// `TCP_NODELAY`.
    NoDelay "noDelay" Switch,
    /// `TCP_NOTSENT_LOWAT`, in bytes.
    NotSentLowWaterMark "notSentLowWaterMark" Number,
    /// `SO_PRIORITY`.
    Priority "priority" Number,
    /// `TCP_QUICKACK`.
    QuickAck "quickAck" Switch,
    /// `SO_RCVBUF`, in bytes.
    ReceiveBufferSize "receiveBufferSize" Number,
    /// `SO_REUSEPORT`.
    ReusePort "reusePort" Switch,
    /// `SO_SNDBUF`, in bytes.
    SendBufferSize "sendBufferSize" Number,
    /// `IP_TRANSPARENT`: accepts and sends as an address of somebody else.
    Transparent "transparent" Switch,
    /// `IP_TTL`, and `IPV6_UNICAST_HOPS` for IPv6.
    Ttl "ttl" Number,
    /// `IP_TOS`, or `IPV6_TCLASS`.
    TypeOfService "typeOfService" Number,
    /// `TCP_USER_TIMEOUT`, in milliseconds.
    UserTimeout "userTimeout" Number,
}
